import PMJSON
import PMRecord

/// What one message of a feed, or one line of a recording, turned out to hold.
package enum FeedMessage {
    case trade(Trade, source: Source)
    /// Something that is not ours to tell: a book, a comment, a price. Counted by type.
    case other(String)
    /// Of the market channel: a market that has come or gone.
    case news(MarketLifecycleEvent, type: String)
    /// A record of this project's own contract, from a recording; travels on as it is.
    case record([UInt8], receivedAt: Timestamp?)
    case malformed(String)

    /// Who says so, which decides what a second copy of a tuple is.
    package enum Source: Sendable, Equatable {
        /// A feed, under that type: a duplicate.
        case feed(String)
        /// A recording of REST rows: a twin.
        case rest
        /// A read of REST that is under way: a twin, when the next read shows it too.
        case reading
    }
}

/// Recognises by its shape what a message is, and makes trades of it.
package struct FrameDecoder: Sendable {
    /// The name under which messages of no known shape are counted.
    package static let unknown = "unknown"

    private let via: Via
    private let feed: Feed

    /// - Parameters:
    ///   - via: What the trades are marked as.
    ///   - feed: What rows of the Data API stand in for. The market channel's trades have no wallet, so a row loses
    ///     its own there.
    package init(via: Via, feed: Feed = .activity) {
        self.via = via
        self.feed = feed
    }

    /// Decodes one message of a feed: an object, or an array of them. Keep-alives and empty messages hold nothing.
    ///
    /// What has the shape of a record of ours is unknown here: a feed has no say in what we tell.
    package func decode(frame: [UInt8], receivedAt: Timestamp?) -> [FeedMessage] {
        objects(in: frame) { object in
            message(of: object, receivedAt: receivedAt) ?? .other(Self.unknown)
        }
    }

    /// Decodes one line of a recording: a frame that we kept, a feed's message as it came, a row of the Data API
    /// (or a page of them, as one array), or a record of ours.
    package func decode(line: [UInt8]) -> [FeedMessage] {
        guard let object = try? FeedObject(line), let kind = object.text(Key.kind) else {
            return objects(in: line) { object in
                message(of: object, receivedAt: nil) ?? row(object)
                    ?? .malformed("neither a frame, nor a message of a feed, nor a row of the Data API")
            }
        }
        let receivedAt = object.text(Key.receivedAt).flatMap { Timestamp($0) }
        guard kind == Kind.frame.rawValue else {
            return objects(in: line) { .record($0.bytes, receivedAt: receivedAt) }
        }
        guard object.raw(Key.frame)?.first == UInt8(ascii: "\"") else {
            return [.malformed("a recorded frame without its text")]
        }
        let frame = object.text(Key.frame) ?? ""
        return decode(frame: Array(frame.utf8), receivedAt: receivedAt)
    }

    /// Each object of a message, decoded; a message that is not valid throughout is malformed as a whole, and of an
    /// array what is no object is malformed by itself.
    private func objects(in message: [UInt8], _ decode: (FeedObject) -> FeedMessage) -> [FeedMessage] {
        guard let start = message.firstIndex(where: { !isSpace($0) }), !isKeepAlive(message[start...]) else {
            return []
        }
        do throws(JSONError) {
            try validate(message.span)
            guard message[start] == UInt8(ascii: "[") else { return [decode(try FeedObject(message))] }
            return try elementRanges(of: message.span).map { place in
                guard let object = try? FeedObject(Array(message[place])) else {
                    return .malformed("an element that is no object")
                }
                return decode(object)
            }
        } catch {
            return [.malformed(error.description)]
        }
    }

    /// A message of RTDS or of the market channel; `nil` when it is neither.
    private func message(of object: FeedObject, receivedAt: Timestamp?) -> FeedMessage? {
        if let topic = object.text(FeedKey.topic) {
            let type = object.text(FeedKey.type) ?? ""
            guard topic == "activity", type == "trades" || type == "orders_matched" else {
                return .other("\(topic)/\(type)".shortened)
            }
            guard let payload = object.raw(FeedKey.payload), let row = try? FeedObject(Array(payload)) else {
                return .malformed("\(type) without a payload")
            }
            return trade(.feed(type)) { () throws(FeedObject.Malformed) in
                try TradeDecoder.activity(
                    row, via: via, fallback: try object.time(FeedKey.timestamp), receivedAt: receivedAt)
            }
        }
        if let type = object.text(FeedKey.eventType) {
            if let news = MarketLifecycleEvent(object, type: type) { return .news(news, type: type) }
            guard type == "last_trade_price" else { return .other(type.shortened) }
            return trade(.feed(type)) { () throws(FeedObject.Malformed) in
                try TradeDecoder.market(object, via: via, receivedAt: receivedAt)
            }
        }
        return nil
    }

    /// A row of `/trades`, of either version of the Data API, or of `/activity`; `nil` when it is none.
    package func row(_ bytes: [UInt8], receivedAt: Timestamp) -> FeedMessage? {
        (try? FeedObject(bytes)).flatMap { row($0, .reading, receivedAt: receivedAt) }
    }

    private func row(
        _ object: FeedObject, _ source: FeedMessage.Source = .rest, receivedAt: Timestamp? = nil
    ) -> FeedMessage? {
        guard let names = RowNames.fitting(object) else { return nil }
        if let type = object.text(FeedKey.type), type != "TRADE" {
            return .other("activity row/\(type)".shortened)
        }
        return trade(source) { () throws(FeedObject.Malformed) in
            var trade = try TradeDecoder.row(object, names, via: via, receivedAt: receivedAt)
            if feed == .market {
                (trade.feed, trade.wallet, trade.name, trade.pseudonym) = (.market, nil, nil, nil)
            }
            return trade
        }
    }

    private func trade(
        _ source: FeedMessage.Source, _ decode: () throws(FeedObject.Malformed) -> Trade
    ) -> FeedMessage {
        do {
            return .trade(try decode(), source: source)
        } catch {
            return .malformed(error.reason)
        }
    }

    /// `PONG`, `PING` and blank messages keep the connection alive and say nothing.
    private func isKeepAlive(_ message: ArraySlice<UInt8>) -> Bool {
        guard message.count <= 8 else { return false }
        let word = String(decoding: message, as: UTF8.self).uppercased().filter { !$0.isWhitespace }
        return word == "PONG" || word == "PING"
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
}

extension String {
    /// Short enough to count by: a feed may send any text.
    fileprivate var shortened: String { String(prefix(64)) }
}
