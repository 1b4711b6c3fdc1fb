import PMJSON
import PMRecord
import PolymarketAPI

/// Decodes the messages of the feeds and the lines of recordings; recognises each by its form.
///
/// Source: docs/POLYMARKET.md, "Feeds".
package struct FrameDecoder: Sendable {
    /// The name under which messages of unknown form are counted.
    package static let unknown = "unknown"

    private let via: Via
    private let feed: Feed

    /// - Parameters:
    ///   - via: The `via` of the trades.
    ///   - feed: The feed that rows of the Data API stand in for. The market channel's trades have no wallet, so for
    ///     that feed a row loses its own.
    package init(via: Via, feed: Feed = .activity) {
        self.via = via
        self.feed = feed
    }

    /// Decodes one frame of a feed: an object, or an array of objects. Keep-alives and empty frames have no messages.
    ///
    /// A record of this project's own contract is an unknown message here: a feed must not inject records.
    package func decode(frame: [UInt8], receivedAt: Timestamp?) -> [FeedMessage] {
        objects(in: frame) { object in
            message(of: object, receivedAt: receivedAt) ?? refusal(object) ?? .other(Self.unknown)
        }
    }

    /// Decodes one line of a recording: a frame that `--record` kept, a plain message of a feed, a row of the Data API
    /// (or a page of rows, as one array), or a record of this project's own contract.
    package func decode(line: [UInt8]) -> [FeedMessage] {
        guard let object = try? FeedObject(line), let kind = object.text(Key.kind) else {
            return objects(in: line) { object in
                message(of: object, receivedAt: nil) ?? row(object)
                    ?? .malformed("not a frame, a message of a feed, or a row of the Data API")
            }
        }
        let receivedAt = object.text(Key.receivedAt).flatMap { Timestamp($0) }
        guard kind == Kind.frame.rawValue else {
            return objects(in: line) { .record($0.bytes, receivedAt: receivedAt) }
        }
        guard object.raw(Key.frame)?.first == UInt8(ascii: "\"") else {
            return [.malformed("a recorded frame without text")]
        }
        let frame = object.text(Key.frame) ?? ""
        return decode(frame: Array(frame.utf8), receivedAt: receivedAt)
    }

    /// Decodes each object of a message. A message that is not valid JSON is malformed as a whole; an element of an
    /// array that is not an object is malformed by itself.
    private func objects(in message: [UInt8], _ decode: (FeedObject) -> FeedMessage) -> [FeedMessage] {
        guard let start = message.firstIndex(where: { !isSpace($0) }), !isKeepAlive(message[start...]) else {
            return []
        }
        do throws(JSONError) {
            try validate(message.span)
            guard message[start] == UInt8(ascii: "[") else { return [decode(try FeedObject(message))] }
            return try elementRanges(of: message.span).map { range in
                guard let object = try? FeedObject(Array(message[range])) else {
                    return .malformed("an element that is not an object")
                }
                return decode(object)
            }
        } catch {
            return [.malformed(error.description)]
        }
    }

    /// Decodes a message of RTDS or of the market channel; `nil` when it is neither.
    private func message(of object: FeedObject, receivedAt: Timestamp?) -> FeedMessage? {
        if let topic = object.text(FeedKey.topic) {
            let type = object.text(FeedKey.type) ?? ""
            guard topic == "activity", type == "trades" || type == "orders_matched" else {
                return .other("\(topic)/\(type)".shortened)
            }
            guard let payload = object.raw(FeedKey.payload), let row = try? FeedObject(Array(payload)) else {
                return .malformed("\(type) without a payload")
            }
            return activity(row, type, in: object, receivedAt: receivedAt)
        }
        if let type = object.text(FeedKey.eventType) {
            if let news = MarketLifecycleEvent(object, type: type) { return .news(news, type: type) }
            guard type == "last_trade_price" else { return .other(type.shortened) }
            return trade(.feed(type)) { () throws(InvalidTrade) in
                try TradeDecoder.market(object, via: via, receivedAt: receivedAt)
            }
        }
        // Without topic and type, the payload's own form says that it is a trade.
        if let payload = object.raw(FeedKey.payload), let row = try? FeedObject(Array(payload)),
            RowNames.matching(row) != nil
        {
            return activity(row, Subscription.requiredType(of: .activity), in: object, receivedAt: receivedAt)
        }
        return nil
    }

    /// Decodes the payload of an RTDS frame.
    private func activity(
        _ row: FeedObject, _ type: String, in envelope: FeedObject, receivedAt: Timestamp?
    ) -> FeedMessage {
        trade(.feed(type)) { () throws(InvalidTrade) in
            var members = MemberReader(envelope)
            var decoded = try TradeDecoder.row(
                row, RowNames.matching(row) ?? .camelCase, via: via,
                fallback: members.time(FeedKey.timestamp),
                receivedAt: receivedAt)
            // Only a taker pays a fee (docs/POLYMARKET.md, "Feeds").
            let hasFee = (try? row.number(FeedKey.fee)).flatMap { Decimal($0) }.map { $0 > .zero } ?? false
            if type == "orders_matched" || hasFee { decoded.trade.role = .taker }
            return decoded
        }
    }

    /// Returns a message with which the service refuses a subscription; `nil` when it is none.
    private func refusal(_ object: FeedObject) -> FeedMessage? {
        guard !object.has(FeedKey.payload) else { return nil }
        let body = object.raw(FeedKey.body).map(Array.init) ?? object.bytes
        guard let message = ServiceMessage(body) else { return nil }
        let status = (try? object.number(FeedKey.statusCode)).flatMap { Decimal($0) }
        if let status, status < Decimal(micros: 400_000_000) { return nil }
        return .refused(message.sentence)
    }

    /// Decodes a row of `/trades`, of either version of the Data API, or of `/activity`; `nil` when it is no such row.
    ///
    /// - Parameter role: The role of all rows of the list, where it is known.
    package func row(
        _ bytes: [UInt8], _ origin: FeedMessage.Origin = .reading(copy: 0), role: Role? = nil,
        receivedAt: Timestamp
    ) -> FeedMessage? {
        (try? FeedObject(bytes)).flatMap { row($0, origin, role: role, receivedAt: receivedAt) }
    }

    private func row(
        _ object: FeedObject, _ origin: FeedMessage.Origin = .rest, role: Role? = nil,
        receivedAt: Timestamp? = nil
    ) -> FeedMessage? {
        guard let names = RowNames.matching(object) else { return nil }
        if let type = object.text(FeedKey.type), type != "TRADE" {
            return .other("activity row/\(type)".shortened)
        }
        return trade(origin) { () throws(InvalidTrade) in
            var decoded = try TradeDecoder.row(object, names, via: via, receivedAt: receivedAt)
            decoded.trade.role = role
            if feed == .market {
                decoded.trade.feed = .market
                (decoded.trade.wallet, decoded.trade.name, decoded.trade.pseudonym) = (nil, nil, nil)
            }
            return decoded
        }
    }

    private func trade(
        _ origin: FeedMessage.Origin, _ decode: () throws(InvalidTrade) -> DecodedTrade
    ) -> FeedMessage {
        do {
            let decoded = try decode()
            return .trade(decoded.trade, origin: origin, odd: decoded.odd)
        } catch {
            return .malformed(error.reason)
        }
    }

    /// Returns true if a message is `PING` or `PONG`.
    private func isKeepAlive(_ message: ArraySlice<UInt8>) -> Bool {
        guard message.count <= 8 else { return false }
        let word = String(decoding: message, as: UTF8.self).uppercased().filter { !$0.isWhitespace }
        return word == "PONG" || word == "PING"
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
}

extension String {
    /// At most 64 characters, as a name to count by: a feed may send any text.
    fileprivate var shortened: String { String(prefix(64)) }
}
