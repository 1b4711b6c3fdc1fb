import PMJSON
import PMRecord

/// What one message of a feed, or one line of a recording, turned out to hold.
package enum FeedMessage {
    /// - source: Whether REST says so, and copies of a tuple are real twins.
    case trade(Trade, source: Source)
    /// Something that is not ours to tell: a book, a comment, a price. Counted by type.
    case other(String)
    /// A record of this project's own contract; travels on as it is.
    case record([UInt8])
    case malformed(String)

    package enum Source: Sendable {
        case feed
        case rest
    }
}

/// Recognises by its shape what a message is, and makes trades of it.
package struct FrameDecoder: Sendable {
    private let via: Via

    package init(via: Via) {
        self.via = via
    }

    /// Decodes one message: an object, or an array of them. Keep-alives and empty messages hold nothing.
    ///
    /// - Parameter receivedAt: When it was heard; `nil` where nobody noted it.
    package func decode(_ message: [UInt8], receivedAt: Timestamp?) -> [FeedMessage] {
        guard !isKeepAlive(message) else { return [] }
        do {
            try validate(message.span)
            return try objects(in: message).flatMap { object throws(JSONError) in
                try decode(object: FeedObject(object), receivedAt: receivedAt)
            }
        } catch {
            return [.malformed("\((error as? JSONError)?.description ?? "\(error)")")]
        }
    }

    private func decode(object: FeedObject, receivedAt: Timestamp?) -> [FeedMessage] {
        if let kind = object.text(Key.kind) { return decode(record: object, kind) }
        do throws(FeedObject.Malformed) {
            if let topic = object.text(FeedKey.topic) {
                let type = object.text(FeedKey.type) ?? ""
                guard topic == "activity", type == "trades" || type == "orders_matched",
                    let payload = object.raw(FeedKey.payload), let row = try? FeedObject(Array(payload))
                else { return [.other("\(topic)/\(type)")] }
                let trade = try TradeDecoder.activity(
                    row, via: via, fallback: try object.time(FeedKey.timestamp), receivedAt: receivedAt)
                return [.trade(trade, source: .feed)]
            }
            if let type = object.text(FeedKey.eventType) {
                guard type == "last_trade_price" else { return [.other(type)] }
                return [
                    .trade(try TradeDecoder.market(object, via: via, receivedAt: receivedAt), source: .feed)
                ]
            }
            if object.has(FeedKey.proxyWallet), object.has(FeedKey.price), object.has(FeedKey.size) {
                let trade = try TradeDecoder.activity(object, via: via, fallback: nil, receivedAt: receivedAt)
                return [.trade(trade, source: .rest)]
            }
            return [.malformed("neither a frame, nor a message of a feed, nor a row of the Data API")]
        } catch {
            return [.malformed(error.reason)]
        }
    }

    /// A line of a recording holds a frame; any other record is passed on.
    private func decode(record: FeedObject, _ kind: String) -> [FeedMessage] {
        guard kind == Kind.frame.rawValue else { return [.record(record.bytes)] }
        guard let frame = record.text(Key.frame) else {
            return record.has(Key.frame) ? [] : [.malformed("a recorded frame without its text")]
        }
        return decode(Array(frame.utf8), receivedAt: record.text(Key.receivedAt).flatMap { Timestamp($0) })
    }

    private func objects(in message: [UInt8]) throws(JSONError) -> [[UInt8]] {
        let start = message.firstIndex { !isSpace($0) } ?? message.startIndex
        guard message[start] == UInt8(ascii: "[") else { return [message] }
        return try elementRanges(of: message.span).map { Array(message[$0]) }
    }

    /// `PONG`, `PING` and blank messages keep the connection alive and say nothing.
    private func isKeepAlive(_ message: [UInt8]) -> Bool {
        let text = message.drop(while: isSpace)
        guard text.count <= 8 else { return false }
        let word = String(decoding: text, as: UTF8.self).uppercased().filter { !$0.isWhitespace }
        return word.isEmpty || word == "PONG" || word == "PING"
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
}
