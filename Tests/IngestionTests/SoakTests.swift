import Foundation
import TestSupport
import Testing

/// A sample of what scripts/soak.sh does for a day.
struct SoakTests {
    @Test func connectionsThatComeAndGoLeaveNoDescriptorBehind() throws {
        let endings = [#""do":"reset""#, #""do":"fin""#, #""do":"freeze","for_ms":800"#]
            .map { #"{"on":"rtds","every_ms":500,"probability":0.1,\#($0)}"# }.joined(separator: ",")
        let run = try FaultyRun(
            #"{"seed":5,"rate":50,"faults":[\#(endings)]}"#, ["--rotate", "300ms", "--handover", "1s"])
        #expect(comings(of: run, reach: 8))
        let early = try mostDescriptors(of: run)
        #expect(comings(of: run, reach: 30))
        #expect(try mostDescriptors(of: run) <= early + 3, "each of 20 connections would have left one")
        try run.expectTruth("what comes and goes")
    }

    private func comings(of run: FaultyRun, reach count: Int) -> Bool {
        eventually(every: .milliseconds(100)) {
            (run.figure("rotations") ?? 0) + (run.figure("reconnections") ?? 0) >= count
        }
    }

    /// Of two seconds.
    private func mostDescriptors(of run: FaultyRun) throws -> Int {
        try (0..<40).map { _ in
            usleep(50_000)
            return try FileManager.default.contentsOfDirectory(atPath: "/proc/\(run.child.pid)/fd").count
        }.max()!
    }
}
