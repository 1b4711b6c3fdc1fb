import PMJSON
import PMRecord

/// Makes trades of the rows that the feeds and the Data API send.
enum TradeDecoder {
    /// A row of RTDS `activity`.
    ///
    /// - Parameters:
    ///   - fallback: When it happened, should the row not say.
    ///   - receivedAt: When we heard of it; the trade's own time when `nil`.
    static func activity(
        _ row: FeedObject, via: Via, fallback: Timestamp?, receivedAt: Timestamp?
    ) throws(FeedObject.Malformed) -> Trade {
        try self.row(row, .camelCase, via: via, fallback: fallback, receivedAt: receivedAt)
    }

    /// A row of RTDS or of the Data API's `/trades`, which have the same members under the same or other names.
    static func row(
        _ row: FeedObject, _ names: RowNames, via: Via, fallback: Timestamp? = nil, receivedAt: Timestamp?
    ) throws(FeedObject.Malformed) -> Trade {
        var trade = try common(
            row, .activity, via, time: try row.time(FeedKey.timestamp) ?? fallback, receivedAt: receivedAt)
        trade.assetID = try row.assetID(names.asset)
        trade.conditionID = try row.hex(names.conditionID, digits: 64)
        trade.transactionHash = try row.hex(names.transactionHash, digits: 64)
        trade.wallet = try row.hex(names.wallet, digits: 40)
        trade.outcome = row.text(FeedKey.outcome)
        trade.outcomeIndex = try row.integer(names.outcomeIndex).flatMap { $0 == 999 ? nil : Int($0) }
        trade.title = row.text(FeedKey.title)
        trade.slug = row.text(FeedKey.slug)
        trade.eventSlug = row.text(names.eventSlug)
        trade.icon = row.text(FeedKey.icon)
        trade.name = row.text(FeedKey.name)
        trade.pseudonym = row.text(FeedKey.pseudonym)
        trade.extra = row.rest(without: names.known)
        return trade
    }

    /// A `last_trade_price` event of the market channel, which names no wallet.
    static func market(
        _ event: FeedObject, via: Via, receivedAt: Timestamp?
    ) throws(FeedObject.Malformed) -> Trade {
        var trade = try common(
            event, .market, via, time: try event.time(FeedKey.timestamp), receivedAt: receivedAt)
        trade.assetID = try event.assetID(FeedKey.assetID)
        trade.conditionID = try event.hex(FeedKey.market, digits: 64)
        trade.transactionHash = try event.hex(FeedKey.marketTransactionHash, digits: 64)
        trade.extra = event.rest(without: marketKeys)
        return trade
    }

    private static func common(
        _ row: FeedObject, _ feed: Feed, _ via: Via, time: Timestamp?, receivedAt: Timestamp?
    ) throws(FeedObject.Malformed) -> Trade {
        guard let price = try row.number(FeedKey.price) else {
            throw FeedObject.Malformed(reason: "a trade without price")
        }
        guard let size = try row.number(FeedKey.size) else {
            throw FeedObject.Malformed(reason: "a trade without size")
        }
        guard let time = time ?? receivedAt else {
            throw FeedObject.Malformed(reason: "a trade without time")
        }
        var trade = Trade(
            feed: feed, via: via, time: time, receivedAt: receivedAt ?? time, price: price, size: size)
        if let side = row.text(FeedKey.side)?.uppercased() {
            guard Side(rawValue: side) != nil else {
                throw FeedObject.Malformed(reason: "no such side: \(side.prefix(40))")
            }
            trade.side = side
        }
        return trade
    }

    /// What a market event's `extra` leaves out: what has a key of its own.
    private static let marketKeys: [JSONKey] = [
        FeedKey.timestamp, FeedKey.assetID, FeedKey.market, FeedKey.marketTransactionHash, FeedKey.eventType,
        FeedKey.side, FeedKey.price, FeedKey.size,
    ]
}
