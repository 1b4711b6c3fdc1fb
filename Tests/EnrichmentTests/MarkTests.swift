import Enrichment
import PMJSON
import PolymarketAPI
import Testing

struct MarkTests {
    @Test func aMarkLeavesBehindTheFinalRevisionsOfWhatStoodBeforeIt() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        #expect(desk.take(Desk.mark(1)).isEmpty)
        _ = desk.take(Desk.trade(2, wallet: "0xbb"))
        #expect(desk.take(#"{"kind":"gap","id":"g"}"#).map(\.kind) == ["gap"])
        let lines = desk.settle { $0.target.contains("0xbb") ? nil : Desk.answers($0) }
        #expect(lines.map(\.kind) == ["trade", "mark"])
        #expect(desk.take(Desk.mark(2)).isEmpty)
        #expect(desk.settle().map(\.kind) == ["trade", "mark"])
    }

    @Test func aMarkWaitsNoLongerThanTheDeadline() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        _ = desk.take(Desk.mark(1))
        #expect(desk.wait(.seconds(30)).map(\.kind) == ["trade", "mark"])
    }

    @Test func kindsThatNobodyKnowsPass() {
        var desk = Desk()
        #expect(desk.take(#"{"kind":"novel","a":1}"#).map(\.kind) == ["novel"])
        #expect(desk.take(#"{"a":1}"#).count == 1)
    }

    @Test(arguments: ["", "[]", "{", #"{"kind":"trade","a":01}"#, "7"])
    func whatIsNoObjectIsRejected(line: String) {
        var enricher = Desk().enricher
        guard case .rejected = enricher.receive(Array(line.utf8).span, at: Desk().now) else {
            Issue.record("\(line) was taken")
            return
        }
        #expect(enricher.takeOutput().isEmpty)
    }
}
