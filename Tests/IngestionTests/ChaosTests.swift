import Foundation
import Ingestion
import PMRecord
import TestSupport
import Testing

struct ChaosTests {
    private func plan(_ text: String) -> ChaosInjector.Plan? {
        ChaosInjector.Plan(text) { $0 == "30s" ? .seconds(30) : nil }
    }

    private static let count = 4000
    private let lines = (0..<Self.count).map { Array(Messages.activity($0).utf8) }
    private let start = Timestamp(milliseconds: 1_790_272_000_000)

    /// Returns everything that arrives when the recording has a line every 0.1 s.
    private func run(_ text: String, seed: UInt64 = 1) throws -> (arrived: [[UInt8]], chaos: ChaosInjector) {
        var chaos = ChaosInjector(try #require(plan(text)), seed: seed)
        var arrived: [[UInt8]] = []
        for (number, line) in lines.enumerated() {
            arrived += chaos.arrivals(after: line, at: start.advanced(by: .milliseconds(number * 100)))
        }
        arrived += chaos.flush()
        return (arrived, chaos)
    }

    @Test func parsesAPlan() {
        let plan = plan("freeze=30s,dup=1%,reorder,array,split,drop=0.1%")
        #expect(plan?.freeze == .seconds(30) && plan?.duplicates == 0.01 && plan?.drops == 0.001)
        #expect(plan?.reorders == true && plan?.arrays == true && plan?.splits == true)
    }

    @Test(arguments: ["", "dup", "dup=1", "dup=101%", "freeze", "freeze=soon", "reorder=1", "quake"])
    func rejectsInvalidPlans(text: String) {
        #expect(plan(text) == nil)
    }

    @Test func sameSeedInjectsTheSameFaults() throws {
        let text = "freeze=30s,dup=1%,reorder,array,drop=1%"
        #expect(try run(text).arrived == run(text).arrived)
        #expect(try run(text).arrived != run(text, seed: 2).arrived)
    }

    @Test func dropsAndDuplicatesTheGivenFraction() throws {
        let (dropped, chaos) = try run("drop=10%")
        #expect((3500...3700).contains(dropped.count) && chaos.lost == Self.count - dropped.count)
        #expect((4330...4470).contains(try run("dup=10%").arrived.count))
    }

    @Test func reorderingLosesNoMessage() throws {
        let (arrived, _) = try run("reorder")
        #expect(arrived != lines && Set(arrived) == Set(lines) && arrived.count == lines.count)
    }

    @Test func arraysContainTheSameMessages() throws {
        let (arrived, _) = try run("array")
        #expect(arrived.count < 3000)
        let trades = arrived.flatMap { FrameDecoder(via: .replay).decode(line: $0) }.compactMap(\.trade)
        #expect(trades.compactMap(\.transactionHash) == (0..<Self.count).map(Messages.hash))
    }

    @Test func freezeLosesItsTimeAndIsReturnedOnce() throws {
        var (_, chaos) = try run("freeze=30s")
        let freeze = chaos.takeFreeze()
        #expect(freeze.map { $0.from.duration(to: $0.to) } == .seconds(30))
        #expect((295...301).contains(chaos.lost))
        #expect(chaos.takeFreeze() == nil)
    }

    @Test func replayEmitsAGapForAFreeze() throws {
        let text = (0..<600).map { number in
            frame(Messages.activity(number), at: start.advanced(by: .seconds(number)).description)
        }.joined(separator: "\n")
        let child = try Ingest.start("--replay", "-", "--chaos", "freeze=60s,dup=5%", input: .text(text))
        #expect(try child.wait() == .status(0))
        #expect((530...545).contains(child.trades.count))
        #expect(child.records.count { $0["kind"] as? String == "gap" } == 1)
    }
}

/// Rotation of recordings, and audits of a journal.
@Suite(.serialized) struct RecordingTests {
    @Test func rotatedRecordingIsCompressedAndReplaysTheSame() throws {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        let child = try Ingest.start(
            "--url", feed.url, "--record", folder.file("frames"), "--record-size", "20K")
        #expect(try feed.run { feed.subscriptions.count == 1 })
        for number in 0..<100 {
            feed.say(Messages.activity(number))
            try feed.run(for: .milliseconds(3))
        }
        #expect(try feed.run { child.transactions.count == 100 })
        func names() -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        }
        // A thread of its own compresses them.
        let areCompressed = try feed.run {
            names().count { $0.hasSuffix("Z.gz") } >= 2
                && !names().contains { $0.hasSuffix("Z") || $0.hasSuffix(".new") }
        }
        #expect(areCompressed, "\(names())")
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
        let compressed = names().filter { $0.hasSuffix("Z.gz") }
        var transactions: [String] = []
        for name in compressed + names().filter({ !$0.hasSuffix(".gz") }) {
            let replay = try Ingest.start("--replay", folder.file(name))
            #expect(try replay.wait() == .status(0))
            transactions += replay.transactions
        }
        #expect(transactions.sorted() == (0..<100).map(Messages.hash).sorted())
    }

    @Test func auditComparesAJournalWithTheAPI() throws {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        let exchange = ExpectedTrades()
        feed.onRequest = { exchange.answer($0) }
        let journal = folder.file("journal")
        let child = try Ingest.start("--url", feed.url, "--journal", journal)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        let begin = ISO8601DateFormatter().string(from: Date())
        for number in 0..<20 {
            let frame = exchange.happen()
            if number % 10 != 3 { feed.say(frame) }
        }
        #expect(try feed.run { child.transactions.count == 18 })
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
        let audit = try Ingest.start(
            "audit", "--journal", journal, "--data-url", feed.dataURL, "--from", begin, "--for", "60s",
            "--missed")
        #expect(try feed.run { audit.exit == .status(0) }, "\(audit.errors)")
        let report = audit.records.last ?? [:]
        #expect(
            report["known"] as? Int == 20 && report["missed"] as? Int == 2
                && report["journaled"] as? Int == 18)
        #expect(report["completeness"] as? Double == 90)
        #expect(audit.transactions == [3, 13].map(Messages.hash).reversed())
        #expect(try feed.run { true })
        let nowhere = try Ingest.start("audit", "--journal", journal, "--data-url", "http://127.0.0.1:1")
        #expect(try nowhere.wait() == .status(69))
    }
}
