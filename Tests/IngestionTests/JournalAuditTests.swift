import Foundation
import Ingestion
import PMRecord
import TestSupport
import Testing
import WebSockets

struct JournalAuditTests {
    private let second = 1_790_272_000

    /// The journal has a trade a second under the feed's time; the API has them two seconds later, as blocks are.
    private func audit(missing: Set<Int>, hasSecondVersion: Bool = true) throws -> (
        report: [String: Any], child: ChildProcess
    ) {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        let numbers = Array(-70...130)
        var sequencer = TradeSequencer()
        var journal: [UInt8] = []
        for number in numbers where !missing.contains(number) {
            let row = Messages.row(transaction: Messages.hash(number + 1000), timestamp: "\(second + number)")
            guard
                case .line(let line, _) = sequencer.sequence(
                    FrameDecoder(via: .live).decode(frame: Messages.activity(row))[0])
            else { continue }
            journal += line + [UInt8(ascii: "\n")]
        }
        try Data(journal).write(to: URL(fileURLWithPath: folder.file("00000000000000000001.ndjson")))
        feed.onRequest = { [second] request in
            let isFirst = request.path == "/trades"
            guard isFirst || hasSecondVersion && request.path == "/v2/trades" else {
                return Response(status: 404)
            }
            if isFirst, request.parameter("offset") != "0" {
                return Response(status: 200, type: "application/json", "[]")
            }
            let rows = numbers.reversed().map {
                Messages.row(transaction: Messages.hash($0 + 1000), timestamp: "\(second + $0 + 2)")
            }.joined(separator: ",")
            return Response(
                status: 200, type: "application/json",
                isFirst ? "[\(rows)]" : #"{"data":[\#(rows)],"pagination":{"limit":1000,"has_more":false}}"#)
        }
        let child = try Ingest.start(
            "audit", "--journal", folder.path, "--data-url", feed.dataURL, "--from",
            "\(Timestamp(milliseconds: Int64(second) * 1000))", "--for", "60s")
        #expect(try feed.run { child.exit != nil })
        return (child.records.last ?? [:], child)
    }

    @Test(arguments: [true, false])
    func aTradeAtTheEdgeOfThePeriodIsNotMissed(hasSecondVersion: Bool) throws {
        let (report, child) = try audit(missing: [], hasSecondVersion: hasSecondVersion)
        #expect(
            report["missed"] as? Int == 0 && report["unconfirmed"] as? Int == 0, "\(report) \(child.errors)")
        #expect(report["known"] as? Int == 61 && report["journaled"] as? Int == 61)
    }

    @Test func aTradeThatTheJournalLacksIsMissed() throws {
        let (report, _) = try audit(missing: [10, 100])
        #expect(report["missed"] as? Int == 1 && report["known"] as? Int == 61)
    }
}
