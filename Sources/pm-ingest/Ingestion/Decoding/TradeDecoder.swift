import PMJSON
import PMRecord

/// Decodes trades from the rows and events that the feeds and the Data API send.
enum TradeDecoder {
    /// The outcome index of a trade whose outcome the exchange could not label (docs/POLYMARKET.md, "Data API v2").
    private static let unknownOutcome: Int64 = 999

    /// Decodes a row of RTDS `activity`.
    ///
    /// - Parameters:
    ///   - fallback: When the trade happened, for a row without a time.
    ///   - receivedAt: When the row was received; the trade's own time when `nil`.
    static func activity(
        _ row: FeedObject, via: Via, fallback: Timestamp?, receivedAt: Timestamp?
    ) throws(InvalidTrade) -> Trade {
        try self.row(row, .camelCase, via: via, fallback: fallback, receivedAt: receivedAt)
    }

    /// Decodes a row of RTDS or of the Data API's `/trades`: the same members under different names.
    static func row(
        _ row: FeedObject, _ names: RowNames, via: Via, fallback: Timestamp? = nil, receivedAt: Timestamp?
    ) throws(InvalidTrade) -> Trade {
        var trade = try common(
            row, .activity, via, time: try row.time(FeedKey.timestamp) ?? fallback, receivedAt: receivedAt)
        trade.assetID = try row.assetID(names.asset)
        trade.conditionID = try row.hex(names.conditionID, digits: 64)
        trade.transactionHash = try row.hex(names.transactionHash, digits: 64)
        trade.wallet = try row.hex(names.wallet, digits: 40)
        trade.outcome = row.text(FeedKey.outcome)
        trade.outcomeIndex = try row.integer(names.outcomeIndex).flatMap {
            $0 == unknownOutcome ? nil : Int($0)
        }
        trade.title = row.text(FeedKey.title)
        trade.slug = row.text(FeedKey.slug)
        trade.eventSlug = row.text(names.eventSlug)
        trade.icon = row.text(FeedKey.icon)
        trade.name = row.text(FeedKey.name)
        trade.pseudonym = row.text(FeedKey.pseudonym)
        trade.extra = row.rest(without: names.known)
        return trade
    }

    /// Decodes a `last_trade_price` event of the market channel, which names no wallet.
    static func market(
        _ event: FeedObject, via: Via, receivedAt: Timestamp?
    ) throws(InvalidTrade) -> Trade {
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
    ) throws(InvalidTrade) -> Trade {
        guard let price = try row.number(FeedKey.price) else {
            throw InvalidTrade("a trade without price")
        }
        guard let size = try row.number(FeedKey.size) else {
            throw InvalidTrade("a trade without size")
        }
        guard let time = time ?? receivedAt else {
            throw InvalidTrade("a trade without time")
        }
        var trade = Trade(
            feed: feed, via: via, time: time, receivedAt: receivedAt ?? time, price: price, size: size)
        if let side = row.text(FeedKey.side)?.uppercased() {
            guard Side(rawValue: side) != nil else {
                throw InvalidTrade("side is neither BUY nor SELL: \(side.prefix(40))")
            }
            trade.side = side
        }
        return trade
    }

    /// The members of a market event that have a key of their own in a record; the others go to `extra`.
    private static let marketKeys: [JSONKey] = [
        FeedKey.timestamp, FeedKey.assetID, FeedKey.market, FeedKey.marketTransactionHash, FeedKey.eventType,
        FeedKey.side, FeedKey.price, FeedKey.size,
    ]
}
