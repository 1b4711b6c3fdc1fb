import Foundation
import Glibc
import Ingestion
import PMRecord
import TestSupport
import Testing
import WebSockets

/// pm-ingest --journal, as a process.
@Suite(.serialized) struct JournaledTests {
    private let quick = [
        "--ping", "500ms", "--backoff-least", "20ms", "--backoff-most", "100ms", "--settle", "100ms",
        "--margin", "60s",
        "--silence-least", "2s", "--silence-most", "4s", "--first-data", "4s", "--mark", "100ms",
    ]
    private let folder: TemporaryDirectory
    private let feed: FakeFeed
    private let truth = ExpectedTrades()

    init() throws {
        folder = try TemporaryDirectory()
        feed = try FakeFeed()
        feed.onRequest = { [truth] in truth.answer($0) }
    }

    private var journal: String { folder.file("journal") }

    private func start(_ more: [String] = [], output: ChildProcess.Output = .captured) throws -> ChildProcess
    {
        let before = feed.accepted
        let child = try Ingest.start(
            ["--url", feed.url, "--data-url", feed.dataURL, "--journal", journal] + quick + more,
            output: output)
        try #require(
            try feed.run {
                feed.accepted > before && feed.sessions.count == 1 && !feed.received.isEmpty
            }, "\(child.exit.map { "\($0)" } ?? "runs"): \(child.errors)")
        try feed.run(for: .milliseconds(20))
        return child
    }

    private func hear(_ count: Int) throws {
        for _ in 0..<count {
            feed.say(truth.happen())
            try feed.run(for: .milliseconds(2))
        }
    }

    private func stop(_ child: ChildProcess) throws {
        child.kill(SIGTERM)
        try #require(try feed.run { child.exit == .status(0) })
    }

    private var journaled: String {
        Segment.all(in: journal).compactMap { try? folder.read("journal/\($0.name)") }.joined()
    }

    private func withoutMarks(_ output: String) -> String {
        output.split(separator: "\n").filter { !$0.hasPrefix(#"{"kind":"mark""#) }.map { $0 + "\n" }.joined()
    }

    @Test func everyLineIsJournaledByteForByteAndMarksAreNot() throws {
        let child = try start()
        try hear(450)
        #expect(try feed.run { child.transactions.count == 450 })
        try stop(child)
        #expect(withoutMarks(child.output) == journaled)
        let marks = child.records.filter { $0["kind"] as? String == "mark" }
        #expect(marks.count >= 2)
        #expect(marks.last?["seq"] as? Int == 450)
        let stream = try folder.read("journal/stream").trimmingCharacters(in: .newlines)
        #expect(marks.allSatisfy { $0["stream"] as? String == stream })
    }

    @Test func aMarkNeverStandsBeforeWhatItVouchesFor() throws {
        let child = try start()
        try hear(900)
        #expect(try feed.run { child.transactions.count == 900 })
        try stop(child)
        var (last, since) = (0, 0)
        for record in child.records {
            let seq = record["seq"] as? Int ?? 0
            if record["kind"] as? String == "mark" {
                #expect(seq == last)
                since = 0
            } else {
                #expect(seq > last)
                (last, since) = (seq, since + 1)
                #expect(since <= 200)
            }
        }
    }

    @Test func marksComeIdleToo() throws {
        let child = try start(output: .pipe)
        var marks: [Int] = []
        _ = try feed.run(.milliseconds(600)) { false }
        while marks.count < 4, let line = try child.line() {
            if let seq = parsed(line.utf8)["seq"] as? Int { marks.append(seq) }
        }
        #expect(marks == [0, 0, 0, 0])
    }

    @Test func whatSomeConsumerHasNotIsToldAgainByteForByte() throws {
        let first = try start()
        try hear(50)
        #expect(try feed.run { first.transactions.count == 50 })
        try stop(first)
        let again = try start(["--after", "20"])
        try hear(10)
        #expect(try feed.run { again.transactions.count == 40 })
        try stop(again)
        #expect(
            withoutMarks(again.output)
                == journaled.split(separator: "\n").dropFirst(20).map { $0 + "\n" }.joined())
        let numbers = again.records.compactMap { $0["kind"] as? String == "mark" ? nil : $0["seq"] as? Int }
        #expect(numbers == Array(21...(20 + numbers.count)))
    }

    @Test func theTimeBetweenTwoRunsIsAGapAndIsRepaired() throws {
        let first = try start()
        try hear(10)
        #expect(try feed.run { first.transactions.count == 10 })
        try stop(first)
        for _ in 0..<15 { truth.happen() }
        let second = try start()
        try hear(3)
        #expect(try feed.run { second.output.contains(#""state":"closed""#) })
        #expect(try feed.run { second.transactions.count == 18 })
        try stop(second)
        #expect((first.transactions + second.transactions).sorted() == truth.transactions.sorted())
        #expect(second.output.contains(#""cause":"pm-ingest did not run""#))
    }

    @Test func whatTheJournalNoLongerHasIsAGapAndRepaired() throws {
        for number in [10, 15] {
            let child = try start()
            try hear(number)
            #expect(try feed.run { child.transactions.count >= number })
            try stop(child)
        }
        let first = try #require(Segment.all(in: journal).first)
        unlink(first.path(in: journal))
        let again = try start(["--after", "0"])
        #expect(try feed.run { again.output.contains("no longer has") })
        #expect(
            try feed.run { Set(again.transactions) == Set(truth.transactions) },
            "told anew, or from what is left")
        try stop(again)
    }

    @Test func numbersGoOnBehindBothTheJournalAndTheConsumer() throws {
        let child = try start(["--after", "1000"])
        try hear(1)
        #expect(try feed.run { child.transactions.count == 1 })
        #expect(child.trades.first?["seq"] as? Int == 1001)
        try stop(child)
    }

    @Test func aSlowReaderGetsEverythingFromTheFileAndMemoryStaysFlat() throws {
        let child = try start(["--status-dir", folder.path], output: .pipe)
        let count = 20_000
        for _ in 0..<count / 100 {
            feed.say("[" + (0..<100).map { _ in truth.happen() }.joined(separator: ",") + "]")
            _ = try feed.run { feed.sessions.allSatisfy { $0.waiting.bytes < 1 << 18 } }
        }
        try #require(
            try feed.run { journaled.utf8.count > count * 500 }, "the socket did not wait")
        var status: [String: Any] = [:]
        let isBehind = try feed.run {
            status = parsed(((try? folder.read("pm-ingest.json")) ?? "").utf8)
            return status["lines_in"] as? Int == count && (status["lag_seq"] as? Int ?? 0) > count / 2
        }
        #expect(isBehind)
        #expect(status["backlog_bytes"] as? Int == 0)
        #expect((status["rss_bytes"] as? Int ?? .max) < 80 << 20)
        var seen = 0
        while seen < count, let line = try child.line() {
            if line.contains(#""kind":"trade""#) {
                try #require(line.contains(Messages.hash(seen)))
                seen += 1
            }
        }
        #expect(seen == count)
    }

    /// A journal whose lines have such numbers, one a second.
    private func leave(_ numbers: ClosedRange<Int>, with damage: String = "") throws {
        try FileManager.default.createDirectory(atPath: journal, withIntermediateDirectories: true)
        let began = Timestamp.now().milliseconds - 60_000
        var lines = numbers.map { number in
            let time = Timestamp(milliseconds: began + Int64(number - numbers.lowerBound) * 1000)
            return #"{"kind":"trade","id":"\#(number)","seq":\#(number),"received_at":"\#(time)"}"#
        }
        if !damage.isEmpty { lines.insert(damage, at: lines.count / 2) }
        let name = Segment(first: UInt64(numbers.lowerBound)).name
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: "\(journal)/\(name)", atomically: true, encoding: .utf8)
    }

    private func gap(_ cause: String, in child: ChildProcess) throws -> [String: Any]? {
        _ = try feed.run { child.output.contains(cause) }
        return child.records.first { ($0["cause"] as? String ?? "").contains(cause) }
    }

    @Test func whatTheJournalNoLongerHasIsAGapBeforeItsFirstLine() throws {
        try leave(5001...5011)
        let child = try start(["--after", "4990"])
        let gap = try #require(try gap("no longer has 10 lines", in: child))
        let from = try #require(Timestamp(gap["from"] as? String ?? ""))
        let to = try #require(Timestamp(gap["to"] as? String ?? ""))
        #expect(from.duration(to: to) == .seconds(60), "no shorter than a minute")
        let first = try #require(child.trades.first?["received_at"] as? String)
        #expect(gap["to"] as? String == first)
        try stop(child)
    }

    @Test func aDamagedLineIsAGapOverItsSegment() throws {
        try leave(1...20, with: "{damaged")
        let child = try start(["--after", "0"])
        #expect(try feed.run { child.trades.count >= 20 })
        let gap = try #require(try gap("the journal is damaged", in: child))
        #expect(gap["from"] as? String == child.trades[0]["received_at"] as? String)
        try stop(child)
    }

    @Test func noNumberThatAConsumerKnowsIsGivenAgain() throws {
        try leave(1...20)
        let status = #"{"stage":"pm-store","last_mark":500}"#
        try status.write(toFile: folder.file("pm-store.json"), atomically: true, encoding: .utf8)
        let child = try start(["--after", "10", "--status-dir", folder.path])
        try hear(1)
        #expect(try feed.run { child.transactions.count == 1 })
        #expect(child.trades.last?["seq"] as? Int ?? 0 > 500)
        try stop(child)
    }

    @Test func killedAtAnyMomentNothingIsLostAndNothingNumberedTwice() throws {
        var seed = SystemRandomNumberGenerator()
        var outputs: [String] = []
        var after = 0
        let rounds = LongRun.rounds(sample: 8)
        for round in 0..<rounds {
            let child = try start(round == 0 ? [] : ["--after", "\(after)"])
            if round == 0 {
                try hear(1)  // what was never written down was never promised
                try #require(try feed.run { child.transactions.count == 1 })
            }
            for _ in 0..<Int.random(in: 1...60, using: &seed) { try hear(1) }
            child.kill(SIGKILL)
            try #require(try feed.run { child.exit == .signal(SIGKILL) && feed.sessions.isEmpty })
            // a torn last line is never parsed
            let whole = child.output.lastIndex(of: "\n").map { child.output[...$0] } ?? ""
            outputs.append(String(whole))
            // A consumer's cursor is the last mark it has seen.
            let marks = whole.split(separator: "\n").filter { $0.hasPrefix(#"{"kind":"mark""#) }
            after = max(after, marks.last.flatMap { parsed($0.utf8)["seq"] as? Int } ?? after)
        }
        let last = try start(["--after", "\(after)"])
        try hear(5)
        let expected = Set(truth.transactions)
        func transactions(in output: String) -> Set<String> {
            Set(output.split(separator: "\n").compactMap { parsed($0.utf8)["tx_hash"] as? String })
        }
        let before = transactions(in: outputs.joined())
        var heard = before
        let end = ContinuousClock.now + patience + .seconds(2 * rounds)
        // Seldom, for while all of it is read nobody answers pm-ingest.
        while heard != expected, ContinuousClock.now < end {
            try feed.run(for: .seconds(1))
            heard = before.union(transactions(in: last.output))
        }
        #expect(heard == expected, "\(heard.count) of \(expected.count)")
        try stop(last)
        let seqs = journaled.split(separator: "\n").compactMap { parsed($0.utf8)["seq"] as? Int }
        #expect(seqs == seqs.sorted() && Set(seqs).count == seqs.count)
        let ids = journaled.split(separator: "\n").map { parsed($0.utf8) }
            .filter { $0["kind"] as? String == "trade" }.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == ids.count, "no trade stands in the journal twice")
    }

    @Test func anotherProcessIsToldThatTheJournalIsTaken() throws {
        let child = try start()
        let second = try Ingest.start("--url", feed.url, "--journal", journal)
        #expect(try feed.run { second.exit == .status(75) })
        #expect(second.errors.contains("another pm-ingest"))
        try stop(child)
    }
}
