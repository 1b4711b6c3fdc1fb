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
        trade.transactionHash = members.hex(names.transactionHash, digits: 64)
        trade.wallet = members.hex(names.wallet, digits: 40)
        trade.outcome = members.text(FeedKey.outcome)
        trade.outcomeIndex = members.outcomeIndex(names.outcomeIndex)
        trade.title = members.text(FeedKey.title)
        trade.slug = members.text(FeedKey.slug)
        trade.eventSlug = members.text(names.eventSlug)
        trade.icon = members.text(FeedKey.icon)
        trade.name = members.text(FeedKey.name)
        trade.pseudonym = members.text(FeedKey.pseudonym)
        trade.extra = members.rest(without: names.known)
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
        trade.transactionHash = members.hex(FeedKey.marketTransactionHash, digits: 64)
        trade.role = .taker
        trade.extra = members.rest(without: marketKeys)
        return DecodedTrade(trade: trade, odd: members.odd)
    }

    private static func common(
        _ members: inout MemberReader, _ feed: Feed, _ via: Via, asset: JSONKey, condition: JSONKey,
        time: Timestamp?, receivedAt: Timestamp?
    ) throws(InvalidTrade) -> Trade {
        let row = members.object
        guard let price = try row.number(FeedKey.price) else {
            throw InvalidTrade("a trade without price")
        }
        guard let size = try row.number(FeedKey.size) else {
            throw InvalidTrade("a trade without size")
        }
        // A recorded row without any time is a trade all the same.
        let time = time ?? receivedAt ?? .now()
        var trade = Trade(
            feed: feed, via: via, time: time, receivedAt: receivedAt ?? time, price: price, size: size)
        if let side = row.text(FeedKey.side)?.uppercased() {
            guard Side(rawValue: side) != nil else {
                throw InvalidTrade("side is neither BUY nor SELL: \(side.prefix(40))")
            }
            trade.side = side
        }
        trade.assetID = try row.assetID(asset)
        let position = trade.assetID.flatMap { PositionID($0) }
        let conditionID = members.condition(condition) ?? position?.condition
        trade.conditionID = conditionID?.text
        trade.marketType = conditionID?.marketType ?? position?.marketType
        return trade
    }

    /// The members of a market event that have a key of their own in a record; the others go to `extra`.
    private static let marketKeys: [JSONKey] = [
        FeedKey.timestamp, FeedKey.assetID, FeedKey.market, FeedKey.marketTransactionHash, FeedKey.eventType,
        FeedKey.side, FeedKey.price, FeedKey.size,
    ]
}
