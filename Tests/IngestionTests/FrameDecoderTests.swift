import Ingestion
import PMJSON
import PMRecord
import Testing

struct FrameDecoderTests {
    private let decoder = FrameDecoder(via: .live)

    @Test(arguments: ["trades", "orders_matched"])
    func readsARowOfActivity(type: String) throws {
        let receivedAt = Timestamp(milliseconds: 1_790_272_259_000)
        let messages = decoder.decode(
            frame: Messages.activity(type: type, Messages.row(more: #","fee":1.5309"#)),
            receivedAt: receivedAt)
        let trade = try #require(messages.first?.trade)
        #expect(messages.count == 1)
        #expect(trade.feed == .activity && trade.via == .live)
        #expect(trade.time.description == "2026-09-24T17:50:57.000Z")
        #expect(trade.receivedAt == receivedAt)
        #expect(trade.assetID == Messages.asset)
        #expect(trade.conditionID == Messages.condition)
        #expect(trade.transactionHash == Messages.transaction)
        #expect(trade.wallet == "0xf5848342fc388908f2d25a9012cc18a0ad193979")
        #expect(trade.side == "BUY" && trade.outcome == "No" && trade.outcomeIndex == 1)
        #expect(trade.title == "Will it?" && trade.slug == "a-market" && trade.eventSlug == "an-event")
        #expect(trade.icon == "https://example.com/i.png" && trade.pseudonym == "Mealy-Oar")
        #expect(trade.name == nil, "an empty text counts as absent")
        #expect(trade.price == "0.03" && trade.size == "1030.92")
        #expect(trade.value?.description == "30.9276")
        #expect(trade.extra == Array(#"{"fee":1.5309}"#.utf8), "without biography and images")
    }

    @Test func readsAMarketEvent() throws {
        let messages = decoder.decode(
            frame: Messages.lastTradePrice(more: #","transaction_hash":"\#(Messages.transaction)""#))
        let trade = try #require(messages.first?.trade)
        #expect(trade.feed == .market)
        #expect(trade.wallet == nil)
        #expect(trade.time.milliseconds == 1_790_272_268_523)
        #expect(trade.conditionID == Messages.condition && trade.transactionHash == Messages.transaction)
        #expect(trade.price == "0.48" && trade.size == "219.217767", ".48 is not a JSON number")
        #expect(trade.extra == Array(#"{"fee_rate_bps":"0"}"#.utf8))
    }

    @Test func readsRowsOfBothVersionsOfTheDataAPI() throws {
        let old = try #require(decoder.decode(line: Messages.row()).first?.trade)
        let new = try #require(decoder.decode(line: Messages.snakeRow()).first?.trade)
        #expect(old.wallet == new.wallet && old.assetID == new.assetID)
        #expect(old.conditionID == new.conditionID && old.transactionHash == new.transactionHash)
        #expect(old.eventSlug == new.eventSlug && old.time == new.time)
        #expect(new.outcomeIndex == nil, "999 means unknown")
        #expect(new.extra == nil)
    }

    @Test(
        arguments: [
            ("1790272257", 1_790_272_257_000), ("1790272257115", 1_790_272_257_115),
            ("\"1790272257\"", 1_790_272_257_000), ("\"1790272257115\"", 1_790_272_257_115),
            ("1790272257.115", 1_790_272_257_115), ("1790272257115.9", 1_790_272_257_115),
            ("1.790272257e9", 1_790_272_257_000),
        ] as [(String, Int64)])
    func normalisesTimes(_ text: String, _ milliseconds: Int64) {
        let trade = decoder.decode(frame: Messages.activity(Messages.row(timestamp: text))).first?.trade
        #expect(trade?.time.milliseconds == milliseconds)
    }

    @Test func usesTheEnvelopesTimeWhereTheRowHasNone() {
        let trade = decoder.decode(frame: Messages.activity(Messages.row(timestamp: "null"))).first?.trade
        #expect(trade?.time.milliseconds == 1_790_272_257_115)
    }

    @Test(
        arguments: [
            ("0.3996666666666667", "0.3996666666666667"), ("\"0.50\"", "0.50"), ("1e-2", "1e-2"),
            ("\".48\"", "0.48"),
            ("\"5.\"", "5"), ("\"00.5\"", "0.5"),
        ])
    func keepsTheDigitsThatWereSent(_ sent: String, _ kept: String) {
        let trade = decoder.decode(frame: Messages.activity(Messages.row(price: sent))).first?.trade
        #expect(trade?.price == kept)
    }

    @Test(
        arguments: [
            ("{", "unexpected"), (#""hello""#, "object"), ("12", "object"),
            (Messages.activity(Messages.row(price: "null")), "without price"),
            (Messages.activity(Messages.row(size: "\"\"")), "without size"),
            (Messages.activity(Messages.row(size: "true")), "size is not an amount"),
            (Messages.activity(Messages.row(price: "-0.5")), "price is not an amount"),
            (Messages.activity(Messages.row(price: "\"x\"")), "price is not an amount"),
            (Messages.activity("null"), "without a payload"),
        ])
    func rejectsInvalidTrades(_ frame: String, _ reason: String) {
        let messages = decoder.decode(frame: frame)
        #expect(messages.count == 1)
        #expect(messages.first?.complaint?.contains(reason) == true, "\(messages)")
    }

    @Test(
        arguments: [
            (#"{"topic":"comments","type":"comment_created","payload":{}}"#, "comments/comment_created"),
            (#"{"topic":"activity","type":"new","payload":{}}"#, "activity/new"),
            (#"{"event_type":"book","bids":[]}"#, "book"),
            (#"{"message":"all is well","statusCode":200}"#, "unknown"),
            (#"{"kind":"mark","stream":"a","seq":1,"time":"2026-01-01T00:00:00Z"}"#, "unknown"),
            (#"{"kind":"trade","id":"f"}"#, "unknown"),
            (Messages.row(), "unknown"),
        ])
    func countsOtherMessagesByType(_ frame: String, _ type: String) {
        let messages = decoder.decode(frame: frame)
        #expect(messages.compactMap(\.otherType) == [type])
    }

    @Test(arguments: ["", " ", "\n", "PONG", "pong", "PING", "\"", "PONG\n"])
    func keepAlivesHaveNoMessages(_ frame: String) {
        let messages = decoder.decode(frame: frame)
        #expect(messages.isEmpty || frame == "\"")
    }

    @Test func oneBadElementOfAnArrayDoesNotAffectTheOthers() {
        let frame =
            "[\(Messages.activity(1)), \(Messages.lastTradePrice()),\n{\"event_type\":\"book\"},"
            + Messages.activity(Messages.row(price: "null")) + "]"
        let messages = decoder.decode(frame: frame)
        #expect(messages.count == 4)
        #expect(messages.compactMap(\.trade).map(\.feed) == [.activity, .market])
        #expect(messages.compactMap(\.otherType) == ["book"])
        #expect(messages.compactMap(\.complaint).count == 1)
        #expect(decoder.decode(frame: "[]").isEmpty)
    }

    @Test func aMessageStaysOneLine() throws {
        let frame = Messages.activity(Messages.row(more: ",\n\"fee\":{\r\n\"rate\": 0.10,\n\"of\":[1,\n2]}"))
        let trade = try #require(decoder.decode(frame: frame).first?.trade)
        #expect(trade.extra == Array(#"{"fee":{"rate":0.10,"of":[1,2]}}"#.utf8))
        #expect(!trade.line(id: 1, seq: 1).contains(UInt8(ascii: "\n")))
    }

    @Test func escapesTerminalControlsAndReplacesNUL() throws {
        let frame = Messages.activity(
            Messages.row(more: ",\"note\":\"\u{202E}evil\",\"nul\":\"a\\u0000b\""))
        let trade = try #require(decoder.decode(frame: frame).first?.trade)
        #expect(String(decoding: trade.extra ?? [], as: UTF8.self) == #"{"note":"\u202eevil","nul":"a␀b"}"#)
    }

    @Test func theFirstOfTwoMembersWithTheSameNameCounts() {
        let frame = Messages.activity(Messages.row(more: #","price":0.9,"fee":1,"fee":2"#))
        let trade = decoder.decode(frame: frame).first?.trade
        #expect(trade?.price == "0.03")
        #expect(trade?.extra == Array(#"{"fee":1}"#.utf8))
    }
}

struct RecordingLineTests {
    private let decoder = FrameDecoder(via: .replay)

    @Test func readsARecordedFrame() throws {
        let line =
            #"{"kind":"frame","received_at":"2026-09-24T18:45:00.125Z","feed":"activity","connection":0,"#
            + #""frame":"{\"topic\":\"activity\",\"type\":\"trades\",\"payload\":{\"price\":0.5,\"size\":2,"#
            + #"\"timestamp\":1790272257}}"}"#
        let trade = try #require(decoder.decode(line: line).first?.trade)
        #expect(trade.via == .replay)
        #expect(trade.receivedAt.description == "2026-09-24T18:45:00.125Z")
        #expect(trade.time.milliseconds == 1_790_272_257_000)
    }

    @Test(
        arguments: [
            (#"{"kind":"frame","frame":""}"#, 0), (#"{"kind":"frame","frame":"PONG"}"#, 0),
            (#"{"kind":"frame","frame":12}"#, 1), (#"{"kind":"frame"}"#, 1),
            (#"{"kind":"frame","frame":null}"#, 1),
        ])
    func aRecordedFrameWithoutTextIsABadLine(_ line: String, complaints: Int) {
        #expect(decoder.decode(line: line).compactMap(\.complaint).count == complaints)
    }

    @Test func passesOtherRecordsThroughUnchanged() {
        let line = #"{"kind" : "trade","received_at":"2026-09-24T18:45:00Z","unheard_of":[1, 2]}"#
        guard case .record(let bytes, let receivedAt) = decoder.decode(line: line).first else {
            Issue.record("no record")
            return
        }
        #expect(bytes == Array(line.utf8))
        #expect(receivedAt?.milliseconds == 1_790_275_500_000)
    }

    @Test func aRecordThatIsNotValidJSONIsABadLine() {
        #expect(decoder.decode(line: #"{"kind":"trade","x":[1,]}"#).compactMap(\.complaint).count == 1)
    }

    @Test(arguments: ["REDEEM", "SPLIT", "REWARD"])
    func aRowOfActivityThatIsNotATradeIsCountedByType(type: String) {
        let line = Messages.row(more: #","type":"\#(type)","usdcSize":1"#)
        #expect(decoder.decode(line: line).compactMap(\.otherType) == ["activity row/\(type)"])
        let trade = Messages.row(more: #","type":"TRADE","usdcSize":1"#)
        #expect(decoder.decode(line: trade).compactMap(\.trade).count == 1)
    }

    @Test func aPageOfRowsOnOneLineIsManyTrades() {
        #expect(decoder.decode(line: "[\(Messages.row()),\(Messages.row())]").compactMap(\.trade).count == 2)
    }

    @Test func aLineOfUnknownFormIsABadLine() {
        #expect(decoder.decode(line: #"{"a":1}"#).compactMap(\.complaint).count == 1)
        #expect(decoder.decode(line: "\u{FF}").compactMap(\.complaint).count == 1)
    }

    @Test(arguments: ["null", "7", "[]", #""text""#])
    func anElementThatIsNotAnObjectIsMalformedByItself(element: String) {
        let messages = decoder.decode(frame: "[\(Messages.lastTradePrice()),\(element)]")
        #expect(messages.count == 2 && messages[0].trade != nil && messages[1].complaint != nil)
    }

    @Test func extraLeavesOutValuesThatAreNestedTooDeepForARecord() throws {
        let deep = String(repeating: "[", count: 61) + String(repeating: "]", count: 61)
        let frame = Messages.lastTradePrice(more: #","deep":\#(deep),"flat":["[[[","\"["]"#)
        let trade = try #require(decoder.decode(frame: frame).first?.trade)
        #expect(trade.extra == Array(#"{"fee_rate_bps":"0","flat":["[[[","\"["]}"#.utf8))
        #expect(throws: Never.self) { try validate(trade.line(id: 1, seq: 1).span) }
    }
}
