import Foundation
import PMPipe
import TestSupport
import Testing

/// The end of a stage, seen from outside.
struct StopTests {
    private static let small = #"{"kind":"trade","asset_id":"1","price":0.5,"size":1}"# + "\n"
    private static let large = #"{"kind":"trade","asset_id":"1","price":0.5,"size":5000}"# + "\n"

    @Test(arguments: [SIGINT, SIGTERM])
    func aStageThatReadsAPipeIgnoresTheFirstSignal(_ signal: CInt) throws {
        let child = try ChildProcess(Executables.path("pm-filter"), input: .pipe, output: .pipe)
        try child.write(Self.large)
        #expect(try child.line() == String(Self.large.dropLast()))
        child.kill(signal)
        try child.write(Self.large)
        #expect(try child.line() == String(Self.large.dropLast()))
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(child.errors == "")
    }

    @Test func theSecondSignalStopsIt() throws {
        let child = try ChildProcess(Executables.path("pm-filter"), input: .pipe, output: .pipe)
        try child.write(Self.large)
        _ = try child.line()
        child.kill(SIGINT)
        #expect(eventually { !child.hasPendingSignal })
        child.kill(SIGTERM)
        #expect(try child.wait() == .status(75))
        #expect(child.errors == "pm-filter: fatal: stopped by a signal before the end of input\n")
    }

    @Test func theSecondSignalStopsItWithAFullPipe() throws {
        let child = try ChildProcess(Executables.path("pm-filter"), input: .pipe, output: .pipe)
        try child.clog { _ in Self.large }
        child.kill(SIGTERM)
        #expect(eventually { !child.hasPendingSignal })
        #expect(child.isRunning)
        child.kill(SIGINT)
        #expect(try child.wait() == .status(75))
    }

    /// /dev/zero is a file without an end and without lines.
    @Test func aStageThatReadsAFileStopsAtTheFirstSignal() throws {
        let directory = try TemporaryDirectory()
        let child = try ChildProcess(
            Executables.path("pm-filter"), ["--status-dir", directory.path], input: .file("/dev/zero"))
        #expect(eventually { (try? directory.read("pm-filter.json"))?.contains(#""rejected":1"#) ?? false })
        child.kill(SIGTERM)
        #expect(try child.wait() == .status(75))
        #expect(try directory.read("pm-filter.json").contains(#""lines_in":1"#))
    }

    @Test func aClosedReaderEndsItWithoutAMessage() throws {
        let child = try ChildProcess(Executables.path("pm-filter"), input: .pipe, output: .pipe)
        try child.write(Self.large)
        _ = try child.line()
        child.closeOutput()
        try child.write(Self.large)
        #expect(try child.wait() == .status(0))
        #expect(child.errors == "")
    }

    @Test func anUnreadableInputIsAFailure() throws {
        let child = try ChildProcess(Executables.path("pm-filter"), input: .file("/tmp"))
        #expect(try child.wait() == .status(74))
        #expect(child.errors == "pm-filter: fatal: unable to read standard input: Is a directory\n")
    }
}

struct MonitorTests {
    @Test func aChangeWakesTheWaitingThread() {
        let monitor = Monitor([Int]())
        let worker = Worker {
            for number in 1...1000 { monitor.withLock { $0.append(number) } }
        }
        var received: [Int] = []
        while received.count < 1000 {
            let some: [Int]? = monitor.wait(upTo: .seconds(60)) { list in
                defer { list = [] }
                return list.isEmpty ? nil : list
            }
            guard let some else { break }
            received += some
        }
        worker.join()
        #expect(received == Array(1...1000))
    }

    @Test(arguments: [Duration.seconds(-5), .zero, .milliseconds(30)])
    func aWaitEndsAtItsTimeout(_ limit: Duration) {
        let monitor = Monitor(0)
        let start = ContinuousClock.now
        let result: Int? = monitor.wait(upTo: limit) { _ in nil }
        #expect(result == nil)
        #expect(start.duration(to: .now) >= limit && start.duration(to: .now) < .seconds(30))
    }

    @Test func aVeryLongTimeoutDoesNotTrap() {
        let monitor = Monitor(7)
        #expect(monitor.wait(upTo: .seconds(Int64.max)) { $0 } == 7)
    }
}
