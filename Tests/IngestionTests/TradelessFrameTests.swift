import Ingestion
import PMRecord
import Testing

/// Frames without a trade are recognized by scanning. The decoder must say the same about each of them.
struct TradelessFrameTests {
    private let decoder = FrameDecoder(via: .replay)

    private func recorded(_ frame: String) -> String {
        let text = frame.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return
            #"{"kind":"frame","received_at":"2026-09-24T18:45:00.125Z","feed":"market","connection":12,"frame":"\#(text)"}"#
    }

    private static let book =
        #"{"market":"0x1","bids":[{"price":"0.1","size":"7"}],"asks":[],"event_type":"book","last_trade_price":"0.5"}"#

    @Test(
        arguments: [
            (book, "book"), (#"{"event_type":"best_bid_ask","best_bid":"0.1"}"#, "best_bid_ask"),
            (#"{"market":"0x1","event_type":"best_bid_ask","best_bid":"0.1"}"#, "best_bid_ask"),
            (#"{"price_changes":[{"side":"BUY"}],"event_type":"price_change"}"#, "price_change"),
            (
                #"{"market":"0x1","event_type":"tick_size_change","new_tick_size":"0.001"}"#,
                "tick_size_change"
            ),
        ])
    func areRecognized(frame: String, type: String) {
        #expect(decoder.decode(frame: frame).compactMap(\.otherType) == [type])
        #expect(TradelessFrame.type(of: Array(frame.utf8).span) == type)
        #expect(TradelessFrame.type(ofRecorded: Array(recorded(frame).utf8).span) == type)
    }

    @Test(
        "Anything that may be something else is left to the decoder",
        arguments: [
            Messages.lastTradePrice(), Messages.activity(1), Messages.row(), "[" + book + "]", "{}", "",
            "PONG",
            #"{"market":"0x1","event_type":"books"}"#,
            #"{"a":{"b":1,"event_type":"book"},"event_type":"last_trade_price"}"#,
            #"{"a":1,"event_type":"book","b":{"event_type":"last_trade_price"}}"#,
            #"{"event_t\u0079pe":"last_trade_price","event_type":"book"}"#,
            #"{"title":"\"event_type\":\"book\"","event_type":"last_trade_price"}"#,
            #"{"a":"y","event_type":"book"}"#, #"{"market":"0x1","event_type":"book""#,
        ])
    func isNotRecognized(frame: String) {
        #expect(TradelessFrame.type(of: Array(frame.utf8).span) == nil)
        #expect(TradelessFrame.type(ofRecorded: Array(recorded(frame).utf8).span) == nil)
    }
}
