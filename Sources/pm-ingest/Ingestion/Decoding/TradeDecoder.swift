import PMJSON
import PMRecord

/// A trade, and the members of its row that could not be used under their own key.
struct DecodedTrade {
    var trade: Trade
    var odd: [String]
}

/// Decodes trades from the rows and events that the feeds and the Data API send.
enum TradeDecoder {
    /// Decodes a row of RTDS or of the Data API's `/trades`: the same members under different names.
    ///
    /// - Parameters:
    ///   - fallback: When the trade happened, for a row without a time.
    ///   - receivedAt: When the row was received; the trade's own time when `nil`.
    static func row(
        _ row: FeedObject, _ names: RowNames, via: Via, fallback: Timestamp? = nil, receivedAt: Timestamp?
    ) throws(InvalidTrade) -> DecodedTrade {
        var members = MemberReader(row)
        let time = members.time(FeedKey.timestamp) ?? fallback
        var trade = try common(
            &members, .activity, via, asset: names.asset, condition: names.conditionID, time: time,
            receivedAt: receivedAt)
        members.hex(names.transactionHash, digits: 64, .transactionHash, into: &trade)
        members.hex(names.wallet, digits: 40, .wallet, into: &trade)
        members.text(FeedKey.outcome, .outcome, into: &trade)
        trade.outcomeIndex = members.outcomeIndex(names.outcomeIndex)
        members.text(FeedKey.title, .title, into: &trade)
        members.text(FeedKey.slug, .slug, into: &trade)
        members.text(names.eventSlug, .eventSlug, into: &trade)
        members.text(FeedKey.icon, .icon, into: &trade)
        members.text(FeedKey.name, .name, into: &trade)
        members.text(FeedKey.pseudonym, .pseudonym, into: &trade)
        members.rest(without: names.known, into: &trade)
        return DecodedTrade(trade: trade, odd: members.odd)
    }

    /// Decodes a `last_trade_price` event of the market channel, which names no wallet. Its side is the taker's.
    static func market(
        _ event: FeedObject, via: Via, receivedAt: Timestamp?
    ) throws(InvalidTrade) -> DecodedTrade {
        var members = MemberReader(event)
        let time = members.time(FeedKey.timestamp)
        var trade = try common(
            &members, .market, via, asset: FeedKey.assetID, condition: FeedKey.market, time: time,
            receivedAt: receivedAt)
        members.hex(FeedKey.marketTransactionHash, digits: 64, .transactionHash, into: &trade)
        trade.role = .taker
        members.rest(without: marketKeys, into: &trade)
        return DecodedTrade(trade: trade, odd: members.odd)
    }

    private static func common(
        _ members: inout MemberReader, _ feed: Feed, _ via: Via, asset: JSONKey, condition: JSONKey,
        time: Timestamp?, receivedAt: Timestamp?
    ) throws(InvalidTrade) -> Trade {
        let row = members.object
        // A recorded row without any time is a trade all the same.
        let time = time ?? receivedAt ?? .now()
        var trade = Trade(feed: feed, via: via, time: time, receivedAt: receivedAt ?? time)
        guard try row.copy(number: FeedKey.price, to: .price, of: &trade) else {
            throw InvalidTrade("a trade without price")
        }
        guard try row.copy(number: FeedKey.size, to: .size, of: &trade) else {
            throw InvalidTrade("a trade without size")
        }
        try copySide(of: row, to: &trade)
        try copyAsset(row, asset, to: &trade)
        members.condition(condition, into: &trade)
        let position = trade.text.with(.assetID) { PositionID($0) } ?? nil
        if !trade.text.has(.conditionID), let position { trade.conditionID = position.condition.text }
        trade.marketType =
            (trade.text.with(.conditionID) { MarketType(conditionID: $0) } ?? nil) ?? position?.marketType
        return trade
    }

    private static func copySide(of row: FeedObject, to trade: inout Trade) throws(InvalidTrade) {
        if row.isText(FeedKey.side, "BUY") {
            trade.text.set(.side, to: "BUY")
        } else if row.isText(FeedKey.side, "SELL") {
            trade.text.set(.side, to: "SELL")
        } else if let side = row.text(FeedKey.side)?.uppercased() {
            guard Side(rawValue: side) != nil else {
                throw InvalidTrade("side is neither BUY nor SELL: \(side.prefix(40))")
            }
            trade.side = side
        }
    }

    /// Copies a token's id, up to 78 decimal digits (docs/POLYMARKET.md, "Identifiers").
    private static func copyAsset(
        _ row: FeedObject, _ key: JSONKey, to trade: inout Trade
    ) throws(InvalidTrade) {
        guard let range = row.range(key) else { return }
        let isText = row.message[range.lowerBound] == UInt8(ascii: "\"")
        let isID = trade.text.set(.assetID) { bytes in
            let copied =
                isText
                ? row.withText(key, { bytes.append(digits: $0) }) : row.with(key) { bytes.append(digits: $0) }
            return copied ?? false
        }
        guard isID || isText && range.count == 2 else {
            let text = isText ? row.text(key) : row.raw(key).map { String(decoding: $0, as: UTF8.self) }
            throw InvalidTrade("\(key.name) is not a token id: \((text ?? "").prefix(80))")
        }
    }

    /// The members of a market event that have a key of their own in a record; the others go to `extra`.
    private static let marketKeys: [JSONKey] = [
        FeedKey.timestamp, FeedKey.assetID, FeedKey.market, FeedKey.marketTransactionHash, FeedKey.eventType,
        FeedKey.side, FeedKey.price, FeedKey.size,
    ]
}

extension FeedObject {
    fileprivate func copy(
        number key: JSONKey, to member: TradeText.Member, of trade: inout Trade
    ) throws(InvalidTrade) -> Bool {
        try trade.text.set(member) { bytes throws(InvalidTrade) in try append(number: key, to: &bytes) }
    }
}

extension [UInt8] {
    /// Appends the text if it is up to 78 decimal digits; returns `false` otherwise.
    fileprivate mutating func append(digits text: Span<UInt8>) -> Bool {
        guard text.count <= 78 else { return false }
        for offset in text.indices where !text[unchecked: offset].isDigit { return false }
        text.withUnsafeBufferPointer { append(contentsOf: $0) }
        return true
    }
}
