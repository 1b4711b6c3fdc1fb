import Foundation
import Glibc
import Ingestion
import TestSupport
import Testing

/// Faults of the disk, injected into the running program with strace(1).
@Suite(.serialized, .enabled(if: Executables.installed("strace") != nil, "strace is not installed"))
struct JournalFaultTests {
    private let folder: TemporaryDirectory
    private let feed: FakeFeed
    private let truth = ExpectedTrades()

    init() throws {
        folder = try TemporaryDirectory()
        feed = try FakeFeed()
        feed.onRequest = { [truth] in truth.answer($0) }
    }

    /// Hears 120 trades under a fault, and goes on until the journal is as it should be; what was told, and the journal.
    private func run(_ injection: String, until isDone: (ChildProcess, [Substring]) -> Bool) throws -> (
        child: ChildProcess, journaled: [Substring], status: [String: Any]
    ) {
        let journal = folder.file("journal")
        let child = try ChildProcess(
            try #require(Executables.installed("strace")),
            [
                "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,pwrite64", "-e", "inject=\(injection)",
                try Executables.path("pm-ingest"), "--url", feed.url, "--data-url", feed.dataURL, "--journal",
                journal,
                "--settle", "100ms", "--margin", "60s", "--mark", "100ms", "--retry-journal", "500ms",
                "--status-dir", folder.path,
            ])
        try #require(try feed.run { feed.subscriptions.count == 1 })
        for _ in 0..<120 {
            feed.say(truth.happen())
            try feed.run(for: .milliseconds(3))
        }
        let deadline = ContinuousClock.now + patience
        var journaled: [Substring] = []
        while .now < deadline {
            feed.say(truth.happen())
            try feed.run(for: .milliseconds(100))
            journaled = try Segment.all(in: journal).map { try folder.read("journal/\($0.name)") }.joined()
                .split(
                    separator: "\n")
            if isDone(child, journaled) { break }
        }
        // strace keeps signals from itself: the program is told.
        let pid = figures["pid"] as? Int ?? 0
        if pid > 0 { kill(pid_t(pid), SIGTERM) }
        try #require(try feed.run { child.exit == .status(0) }, "\(child.errors)")
        return (child, journaled, figures)
    }

    /// Those of the status file.
    private var figures: [String: Any] { parsed(((try? folder.read("pm-ingest.json")) ?? "").utf8) }

    private func isComplete(_ lines: [Substring]) -> Bool {
        let transactions = Set(lines.compactMap { parsed($0.utf8)["tx_hash"] as? String })
        let closed =
            lines.contains { $0.contains(#""state":"closed""#) }
            || !lines.contains { $0.contains(#""kind":"gap""#) }
        return closed && transactions.isSuperset(of: truth.transactions.dropLast(20))
    }

    @Test(arguments: [1, 2, 40])
    func aSyncThatFailsIsNeverTriedAgainOnTheSameFile(number: Int) throws {
        let (child, journaled, status) = try run("fdatasync:error=EIO:when=\(number)") {
            isComplete($1) && figures["fsync_errors"] as? Int == 1
        }
        #expect(isComplete(journaled), "\(child.errors)")
        #expect(status["fsync_errors"] as? Int == 1)
        #expect(Set(child.transactions).isSuperset(of: truth.transactions.dropLast(20)))
        let ids = child.trades.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == ids.count, "nothing is told twice")
    }

    @Test func aFullDiskHoldsUpNobodyAndIsMadeUpForLater() throws {
        let (child, journaled, status) = try run("pwrite64:error=ENOSPC:when=30..32") {
            isComplete($1) && $0.output.contains("could not be written")
                && figures["journal_degraded"] as? Bool == false
        }
        #expect(isComplete(journaled), "\(child.errors)")
        #expect(Set(child.transactions).isSuperset(of: truth.transactions.dropLast(20)))
        #expect(child.errors.contains("unable to write the journal"))
        #expect(status["journal_degraded"] as? Bool == false)
        #expect(child.output.contains("could not be written"), "the stretch is a gap")
    }

    @Test func aWriteThatTakesAPartIsFinished() throws {
        let (_, journaled, _) = try run("pwrite64:retval=3:when=20") { $1.count > 120 }
        let bad = journaled.filter { parsed($0.utf8).isEmpty }
        #expect(bad.count <= 2, "strace's pretended bytes are missing, and no line after them suffers")
    }
}
