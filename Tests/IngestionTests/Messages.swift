import Ingestion
import PMRecord

/// Messages in the form of the feeds and of the Data API, made for the tests.
enum Messages {
    static let transaction = "0x" + String(repeating: "a1", count: 32)
    static let condition = "0x" + String(repeating: "c2", count: 32)
    static let wallet = "0xF5848342Fc388908f2D25a9012Cc18a0Ad193979"
    static let asset = "50341643796357809199138088836529201104815997551572832995218005287849225766499"

    /// A trade's row with the member names of RTDS and of the Data API's first version.
    static func row(
        transaction: String = transaction, wallet: String = wallet, price: String = "0.03",
        size: String = "1030.92", timestamp: String = "1790272257", more: String = ""
    ) -> String {
        #"{"asset":"\#(asset)","bio":"a life","conditionId":"\#(condition)","eventSlug":"an-event","#
            + #""icon":"https://example.com/i.png","name":"","outcome":"No","outcomeIndex":1,"price":\#(price),"#
            + #""profileImage":"x","proxyWallet":"\#(wallet)","pseudonym":"Mealy-Oar","side":"BUY","#
            + #""size":\#(size),"slug":"a-market","timestamp":\#(timestamp),"title":"Will it?","#
            + #""transactionHash":"\#(transaction)"\#(more)}"#
    }

    static func activity(
        type: String = "trades", _ payload: String = row(), timestamp: String = "1790272257115"
    )
        -> String
    {
        #"{"connection_id":"x","payload":\#(payload),"timestamp":\#(timestamp),"topic":"activity","type":"\#(type)"}"#
    }

    /// A frame with the n-th of many different trades.
    static func activity(_ number: Int, type: String = "trades") -> String {
        activity(type: type, row(transaction: hash(number)))
    }

    static func hash(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "0x" + String(repeating: "0", count: 64 - digits.count) + digits
    }

    static func lastTradePrice(more: String = "") -> String {
        #"{"market":"\#(condition)","asset_id":"\#(asset)","price":".48","size":"219.217767","fee_rate_bps":"0","#
            + #""side":"SELL","timestamp":"1790272268523","event_type":"last_trade_price"\#(more)}"#
    }

    static func snakeRow() -> String {
        #"{"proxy_wallet":"\#(wallet)","side":"SELL","token_id":"\#(asset)","condition_id":"\#(condition)","#
            + #""size":7,"price":0.5,"timestamp":1790272257,"title":"Will it?","outcome_index":999,"#
            + #""event_slug":"an-event","transaction_hash":"\#(transaction)","profile_image":"x"}"#
    }
}

extension FeedMessage {
    var trade: Trade? {
        if case .trade(let trade, _, _) = self { trade } else { nil }
    }

    var otherType: String? {
        if case .other(let type) = self { type } else { nil }
    }

    var odd: [String] {
        if case .trade(_, _, let odd) = self { odd } else { [] }
    }

    var refusal: String? {
        if case .refused(let sentence) = self { sentence } else { nil }
    }

    var complaint: String? {
        if case .malformed(let reason) = self { reason } else { nil }
    }
}

extension FrameDecoder {
    func decode(frame: String, receivedAt: Timestamp? = nil) -> [FeedMessage] {
        decode(frame: Array(frame.utf8), receivedAt: receivedAt)
    }

    func decode(line: String) -> [FeedMessage] {
        decode(line: Array(line.utf8))
    }
}

extension Timestamp {
    static func + (time: Timestamp, seconds: Int) -> Timestamp { time.advanced(by: .seconds(seconds)) }
}
