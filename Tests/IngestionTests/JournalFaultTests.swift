import Foundation
import Glibc
import Ingestion
import TestSupport
import Testing

/// Disk errors, injected into the running program with strace(1).
@Suite(.serialized, .enabled(if: Executables.installed("strace") != nil, "strace is not installed"))
struct JournalFaultTests {
    private let folder: TemporaryDirectory
    private let feed: FakeFeed
    private let exchange = ExpectedTrades()

    init() throws {
        folder = try TemporaryDirectory()
        feed = try FakeFeed()
        feed.onRequest = { [exchange] in exchange.answer($0) }
    }

    /// Sends 120 trades under a fault, then more until `isDone` holds. Returns the process, the journal's lines and the
    /// last status.
    private func run(
        _ injection: String, also call: String = "pwrite64", until isDone: (ChildProcess, [Substring]) -> Bool
    ) throws -> (
        child: ChildProcess, journaled: [Substring], status: [String: Any]
    ) {
        let journal = folder.file("journal")
        let child = try ChildProcess(
            try #require(Executables.installed("strace")),
            [
                "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,pwrite64,\(call)", "-e",
                "inject=\(injection)",
                try Executables.path("pm-ingest"), "--url", feed.url, "--data-url", feed.dataURL, "--journal",
                journal,
                "--settle", "100ms", "--margin", "60s", "--mark", "100ms", "--retry-journal", "500ms",
                "--status-dir", folder.path,
            ])
        try #require(try feed.run { feed.subscriptions.count == 1 })
        for _ in 0..<120 {
            feed.say(exchange.happen())
            try feed.run(for: .milliseconds(3))
        }
        let deadline = ContinuousClock.now + patience
        var journaled: [Substring] = []
        while .now < deadline {
            feed.say(exchange.happen())
            try feed.run(for: .milliseconds(100))
            journaled = try Segment.all(in: journal).map { try folder.read("journal/\($0.name)") }.joined()
                .split(
                    separator: "\n")
            if isDone(child, journaled) { break }
        }
        // strace does not pass signals on, so the program itself gets the signal.
        let pid = figures["pid"] as? Int ?? 0
        if pid > 0 { kill(pid_t(pid), SIGTERM) }
        try #require(try feed.run { child.exit == .status(0) }, "\(child.errors)")
        return (child, journaled, figures)
    }

    /// The status file.
    private var figures: [String: Any] { parsed(((try? folder.read("pm-ingest.json")) ?? "").utf8) }

    private func isComplete(_ lines: [Substring]) -> Bool {
        let transactions = Set(lines.compactMap { parsed($0.utf8)["tx_hash"] as? String })
        let closed =
            lines.contains { $0.contains(#""state":"closed""#) }
            || !lines.contains { $0.contains(#""kind":"gap""#) }
        return closed && transactions.isSuperset(of: exchange.transactions.dropLast(20))
    }

    @Test(arguments: [1, 2, 40])
    func failedSyncIsNotRetriedOnTheSameFile(number: Int) throws {
        let (child, journaled, status) = try run("fdatasync:error=EIO:when=\(number)") {
            isComplete($1) && figures["fsync_errors"] as? Int == 1
        }
        #expect(isComplete(journaled), "\(child.errors)")
        #expect(status["fsync_errors"] as? Int == 1)
        #expect(Set(child.transactions).isSuperset(of: exchange.transactions.dropLast(20)))
        let ids = child.trades.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == ids.count, "each trade is emitted once")
    }

    @Test func fullDiskDelaysNothingAndIsBackFilledLater() throws {
        let (child, journaled, status) = try run("pwrite64:error=ENOSPC:when=30..32") {
            isComplete($1) && $0.output.contains("could not be written")
                && figures["journal_degraded"] as? Bool == false
        }
        #expect(isComplete(journaled), "\(child.errors)")
        #expect(Set(child.transactions).isSuperset(of: exchange.transactions.dropLast(20)))
        #expect(child.errors.contains("unable to write the journal"))
        #expect(status["journal_degraded"] as? Bool == false)
        #expect(child.output.contains("could not be written"), "a gap is emitted")
    }

    /// The disk is full from some moment on, and stays full while a gap is repaired.
    @Test func whileTheDiskIsFullARepairEmitsEachTradeOnce() throws {
        var dropped = false
        let (child, _, _) = try run("pwrite64:error=ENOSPC:when=30+") { child, _ in
            if !dropped {
                feed.sessions.first?.drop()
                for _ in 0..<5 { exchange.happen() }
                dropped = true
            }
            return feed.requests.count { $0.hasPrefix("/v2/trades") } >= 8
                && Set(child.transactions).isSuperset(of: exchange.transactions.dropLast(5))
        }
        #expect(Set(child.transactions).isSuperset(of: exchange.transactions.dropLast(5)))
        let ids = child.trades.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == ids.count)
        let open = child.records.filter { $0["kind"] as? String == "gap" && $0["state"] as? String == "open" }
        #expect(open.allSatisfy { ($0["id"] as? String ?? "").contains("-after-") }, "the next run closes it")
    }

    @Test func aTransientErrorOfAReadLosesNothing() throws {
        let (child, _, _) = try run("pread64:error=EIO:when=5..6", also: "pread64") { child, _ in
            Set(child.transactions).isSuperset(of: exchange.transactions.dropLast(5))
        }
        #expect(Set(child.transactions).isSuperset(of: exchange.transactions.dropLast(5)))
        #expect(!child.output.contains("has lost"))
    }

    @Test func shortWriteIsCompleted() throws {
        let (_, journaled, _) = try run("pwrite64:retval=3:when=20") { $1.count > 120 }
        let bad = journaled.filter { parsed($0.utf8).isEmpty }
        #expect(bad.count <= 2, "only the bytes that strace claims to have written are missing")
    }
}
