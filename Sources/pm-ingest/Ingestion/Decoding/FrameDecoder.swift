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
        if let type = TradelessFrame.type(of: frame.span) { return [.other(type)] }
        return objects(in: frame) { object in
            [message(of: object, receivedAt: receivedAt) ?? refusal(object) ?? .other(Self.unknown)]
        }
    }

    /// Decodes one line of a recording: a frame that `--record` kept, a plain message of a feed, a row of the Data API
    /// (or a page of rows, as one array or under `data`), or a record of this project's own contract.
    package func decode(line: [UInt8]) -> [FeedMessage] {
        objects(in: line) { recorded($0) }
    }

    private func recorded(_ object: FeedObject) -> [FeedMessage] {
        guard let kind = object.text(Key.kind) else {
            if let message = message(of: object, receivedAt: nil) ?? row(object) { return [message] }
            return page(object) { [row($0) ?? Self.unreadable] } ?? [Self.unreadable]
        }
        let receivedAt = object.time(Key.receivedAt)
        guard kind == Kind.frame.rawValue else { return [.record(object.bytes, receivedAt: receivedAt)] }
        return recordedFrame(object, receivedAt: receivedAt)
    }

    private static let unreadable = FeedMessage.malformed(
        "not a frame, a message of a feed, or a row of the Data API")

    private func recordedFrame(_ record: FeedObject, receivedAt: Timestamp?) -> [FeedMessage] {
        guard record.raw(Key.frame)?.first == UInt8(ascii: "\"") else {
            return [.malformed("a recorded frame without text")]
        }
        var frame: [UInt8] = []
        record.withContent(Key.frame) { content in frame.append(decoding: content) }
        if frame.span.index(of: 0, from: 0) < frame.count {
            frame = Array(withoutNUL(String(decoding: frame, as: UTF8.self)).utf8)
        }
        return decode(frame: frame, receivedAt: receivedAt)
    }

    /// Decodes each object of a message: one object, one array of objects, or several values one after another. A value
    /// that is not valid JSON is malformed as a whole; an element of an array that is not an object is malformed by itself.
    private func objects(
        in message: [UInt8], _ decode: (FeedObject) -> [FeedMessage]
    ) -> [FeedMessage] {
        guard let start = message.firstIndex(where: { !isSpace($0) }), !isKeepAlive(message[start...]) else {
            return []
        }
        do throws(JSONError) {
            if message[start] == UInt8(ascii: "{") {
                let (object, end) = try FeedObject.first(in: message)
                let messages = decode(object)
                guard !message.span.extracting(end...).isBlank else { return messages }
                return messages + objects(in: Array(message[end...]), decode)
            }
            let end = try endOfFirstValue(message.span)
            guard message[start] == UInt8(ascii: "[") else { throw JSONError(.notAnObject, at: start) }
            let messages = try elements(of: message, start..<end, decode)
            guard !message.span.extracting(end...).isBlank else { return messages }
            return messages + objects(in: Array(message[end...]), decode)
        } catch {
            return [.malformed(error.description)]
        }
    }

    /// Decodes the elements of an array that is valid JSON.
    private func elements(
        of message: [UInt8], _ range: Range<Int>, _ decode: (FeedObject) -> [FeedMessage]
    ) throws(JSONError) -> [FeedMessage] {
        try elementRanges(of: message.span.extracting(range)).flatMap { element -> [FeedMessage] in
            let element = message[
                range.lowerBound + element.lowerBound..<range.lowerBound + element.upperBound]
            guard let object = try? FeedObject(Array(element)) else {
                return [.malformed("an element that is not an object")]
            }
            return decode(object)
        }
    }

    /// Decodes the rows of a page of the Data API's second version; `nil` when the object is none.
    private func page(_ object: FeedObject, _ decode: (FeedObject) -> [FeedMessage]) -> [FeedMessage]? {
        guard object.has(FeedKey.data) else { return nil }
        guard let range = object.range(FeedKey.data) else { return [] }
        guard object.message[range.lowerBound] == UInt8(ascii: "[") else { return nil }
        return try? elements(of: object.message, range, decode)
    }

    /// Decodes a message of RTDS or of the market channel; `nil` when it is neither.
    private func message(of object: FeedObject, receivedAt: Timestamp?) -> FeedMessage? {
        if object.isText(FeedKey.topic, "activity"),
            let type = ["trades", "orders_matched"].first(where: { object.isText(FeedKey.type, $0) })
        {
            guard let row = object.object(FeedKey.payload) else {
                return .malformed("\(type) without a payload")
            }
            return activity(row, type.description, in: object, receivedAt: receivedAt)
        }
        if let topic = object.text(FeedKey.topic) {
            return .other("\(topic)/\(object.text(FeedKey.type) ?? "")".shortened)
        }
        if let type = object.text(FeedKey.eventType) {
            if let news = MarketLifecycleEvent(object, type: type) { return .news(news, type: type) }
            guard type == "last_trade_price" else { return .other(type.shortened) }
            return trade(.feed(type)) { () throws(InvalidTrade) in
                try TradeDecoder.market(object, via: via, receivedAt: receivedAt)
            }
        }
        // Without topic and type, the payload's own form says that it is a trade.
        if let row = object.object(FeedKey.payload), RowNames.matching(row) != nil {
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
            let hasFee = (try? row.number(FeedKey.fee)).map { $0 > .zero } ?? false
            if type == "orders_matched" || hasFee { decoded.trade.role = .taker }
            return decoded
        }
    }

    /// Returns a message with which the service refuses a subscription; `nil` when it is none.
    private func refusal(_ object: FeedObject) -> FeedMessage? {
        guard !object.has(FeedKey.payload) else { return nil }
        let body = object.raw(FeedKey.body).map(Array.init) ?? object.bytes
        guard let message = ServiceMessage(body) else { return nil }
        let status = try? object.number(FeedKey.statusCode)
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
