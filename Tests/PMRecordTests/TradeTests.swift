import PMJSON
import PMRecord
import TestSupport
import Testing

struct TradeTests {
    static func make(price: String = "0.14", size: String = "11.22") -> Trade {
        var trade = Trade(
            feed: .activity, via: .live, time: Timestamp(milliseconds: 1_790_275_500_125),
            receivedAt: Timestamp(milliseconds: 1_790_275_502_321), price: price, size: size)
        trade.assetID = "16412"
        trade.side = "BUY"
        trade.outcomeIndex = 0
        trade.title = "Will \"Malta\" win?\u{202E}"
        trade.extra = Array(#"{"fee":0.10}"#.utf8)
        return trade
    }

    @Test func theLineHasTheKnownKeysAndTheDigitsThatWereSent() {
        let expected =
            #"{"kind":"trade","id":"00000000000000000000000000000007","seq":7,"feed":"activity","via":"live","time":"2026-09-24T18:45:00.125Z","#
            + #""received_at":"2026-09-24T18:45:02.321Z","asset_id":"16412","side":"BUY","outcome_index":0,"#
            + #""title":"Will \"Malta\" win?\u202e","price":0.140,"size":11.22,"value":1.5708,"extra":{"fee":0.10}}"#
        #expect(String(decoding: Self.make(price: "0.140").line(id: 7, seq: 7), as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            ("0.1", "10000", "1000"), ("0.333333", "3", "0.999999"), ("0.0000005", "1", "0"),
            ("0.0000015", "1", "0.000002"),
            ("0.97", "1030.927835", "1000"), ("0.97", "1030.927834", "999.999999"),
        ])
    func valueIsExact(_ price: String, _ size: String, _ value: String) {
        #expect(Self.make(price: price, size: size).value?.description == value)
    }

    @Test func anInvalidNumberHasNoValueAndNoIdentity() {
        let trade = Self.make(price: "many")
        #expect(trade.value == nil)
        #expect(trade.identity == nil)
        #expect(Self.make().identity?.text() == "pm1|1790275500125||16412||BUY|11220000|140000|0")
    }

    private func longTrade(title: Int = 0, extra: Int = 0) -> Trade {
        let time = Timestamp(milliseconds: 1_790_272_257_000)
        var trade = Trade(feed: .activity, via: .live, time: time, receivedAt: time, price: "0.5", size: "2")
        trade.title = String(repeating: "\u{7F}", count: title)
        trade.extra = Array(#"{"more":"\#(String(repeating: "x", count: extra))"}"#.utf8)
        return trade
    }

    @Test(arguments: [(10, 10), (10, 1_000_000), (200_000, 10), (200_000, 1_000_000)])
    func itsLineLeavesRoomForWhatStagesAdd(title: Int, extra: Int) throws {
        let line = longTrade(title: title, extra: extra).line(id: 1, seq: 1)
        #expect(line.count <= Trade.longestLine)
        let record = try Record(line)
        #expect(
            (record.text(Key.title) == nil) == (title == 200_000), "six bytes for each of these characters")
        #expect((record.raw(Key.extra) == nil) == (title + extra > 100))
        #expect(record.text(Key.value) == nil && record.decimal(Key.value)?.description == "1")
    }
}
