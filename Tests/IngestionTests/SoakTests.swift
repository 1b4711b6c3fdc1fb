import Foundation
import TestSupport
import Testing

/// A sample of the run that scripts/soak.sh makes for a day.
struct SoakTests {
    @Test func closedConnectionsLeaveNoDescriptorBehind() throws {
        let endings = [#""do":"reset""#, #""do":"fin""#, #""do":"freeze","for_ms":800"#]
            .map { #"{"on":"rtds","every_ms":500,"probability":0.1,\#($0)}"# }.joined(separator: ",")
        let run = try FaultyRun(
            #"{"seed":5,"rate":50,"faults":[\#(endings)]}"#, ["--rotate", "300ms", "--handover", "1s"])
        #expect(replacements(in: run, reach: 8))
        let early = try mostDescriptors(of: run)
        #expect(replacements(in: run, reach: 30))
        #expect(try mostDescriptors(of: run) <= early + 3, "20 connections would leave one each")
        try run.expectTruth("connections that come and go")
    }

    private func replacements(in run: FaultyRun, reach count: Int) -> Bool {
        eventually(every: .milliseconds(100)) {
            (run.figure("rotations") ?? 0) + (run.figure("reconnections") ?? 0) >= count
        }
    }

    /// Returns the most open descriptors within two seconds.
    private func mostDescriptors(of run: FaultyRun) throws -> Int {
        try (0..<40).map { _ in
            usleep(50_000)  // samples over two seconds: connections overlap only during a handover
            return try FileManager.default.contentsOfDirectory(atPath: "/proc/\(run.child.pid)/fd").count
        }.max()!
    }
}
