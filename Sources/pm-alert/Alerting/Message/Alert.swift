import Crypto
import PMJSON
import PMRecord

/// An alert for one subscriber about a trade, or a burst of trades.
package struct Alert: Sendable {
    /// The same in every revision, on every channel, and after every restart.
    private let compactID: CompactID
    /// 0 at first, and one higher with each follow-up.
    package let revision: Int
    package let type: AlertType
    /// `nil` when there are no subscribers, and alerts go to standard output alone.
    package let subscriber: String?
    /// The trade to display: of a burst, the largest of those best known.
    package let trade: AlertTrade
    package let burst: Burst
    let decidedAt: Timestamp
    /// The message, where it is not about the trade.
    private let note: String?

    /// - Parameters:
    ///   - id: By default, the id of an alert that starts with this trade.
    ///   - burst: By default, the trade alone.
    package init(
        _ type: AlertType, of trade: AlertTrade, to subscriber: String?, revision: Int = 0,
        decidedAt: Timestamp, id: CompactID? = nil, burst: Burst? = nil, note: String? = nil
    ) {
        compactID = id ?? Self.id(type, of: trade, to: subscriber)
        self.revision = revision
        self.type = type
        self.subscriber = subscriber
        self.trade = trade
        self.burst = burst ?? Burst(trade)
        self.decidedAt = decidedAt
        self.note = note
    }

    /// 32 hex digits.
    package var id: String { compactID.description }

    package var revisionID: RevisionID { RevisionID(compactID, revision) }

    /// The value in dollars, over the whole burst; `nil` when unknown.
    var value: Decimal? { burst.count > 1 ? burst.value : trade.value }

    /// The average price in dollars a share, over the whole burst; `nil` when unknown.
    var price: Decimal? { burst.count > 1 ? burst.price : trade.price }

    /// Returns true if the trade was received longer ago than `limit`, so that the alert belongs in a digest. Replayed
    /// trades are never late.
    func isLate(by limit: Duration, at clock: Timestamp) -> Bool {
        guard !trade.isReplayed, let received = trade.receivedAt ?? trade.time else { return false }
        return received.duration(to: clock) > limit
    }

    /// Returns the id of the alert about a trade: one for each subscriber, rule, transaction and condition, however
    /// many fills the transaction has. The makers of a match have an alert of their own, apart from the taker's.
    private static func id(_ type: AlertType, of trade: AlertTrade, to subscriber: String?) -> CompactID {
        let key =
            [
                "pm-alert1", subscriber ?? "", type.rawValue, trade.transaction ?? trade.id,
                trade.condition ?? "",
            ] + (trade.isMaker ? [Role.maker.rawValue] : [])
        return CompactID(String(sha256(key.joined(separator: "|").utf8).hexadecimal.prefix(32)))
    }

    /// `Mega whale buys $18,450 of Yes at 63¢ in 3 trades: Will Malta win?`
    package var message: String {
        if let note { return note }
        let actor = trade.tier.map(DisplayFormat.tier) ?? type.actor
        let verb =
            switch trade.side {
            case .buy: "buys"
            case .sell: "sells"
            case nil: "trades"
            }
        let amount = value.map(DisplayFormat.dollars) ?? "an unknown amount"
        let outcome = trade.outcome.isEmpty ? "" : " of \(trade.outcome)"
        let price = price.map { " at \(DisplayFormat.cents($0))" } ?? ""
        let count = burst.count > 1 ? " in \(burst.count) trades" : ""
        let role = trade.isMaker ? " as maker" : ""
        let market = trade.isCombo ? " in a combo" : ""
        return "\(actor) \(verb) \(amount)\(outcome)\(price)\(count)\(role)\(market)\(remark)"
            + (trade.title.isEmpty ? "" : ": \(trade.title)")
    }
}

extension Alert {
    /// The words that the signals add to the message.
    private var remark: String {
        let closing = trade.signals.position == "closing" ? ", closing the position" : ""
        switch type {
        case .whaleMovement, .smartMoneyEntry: return closing
        case .informedTrade: return trade.signals.score.map { ", score \($0)" } ?? ""
        case .accumulation:
            let sum = trade.signals.accumulated.map(DisplayFormat.dollars) ?? "much"
            return ", \(sum) net in \(trade.signals.window ?? "a day")"
        }
    }
}

extension AlertType {
    /// The subject of a message about a trade without a tier.
    fileprivate var actor: String {
        switch self {
        case .whaleMovement, .smartMoneyEntry: "Smart money"
        case .informedTrade: "A possibly informed wallet"
        case .accumulation: "An accumulating wallet"
        }
    }
}

extension Alert {
    /// Writes the members that the record on standard output, a webhook's body and the live page have in common.
    func writeMembers(into record: inout JSONWriter) {
        record.member(Key.kind, Kind.alert.rawValue)
        record.member(Key.id, id)
        record.member(Key.revision, revision)
        record.member(Key.time, decidedAt.description)
        record.member(Key.rule, type.rawValue)
        record.member(Key.subscriber, subscriber)
        record.member(Key.message, message)
        record.member(Key.tradeID, trade.id)
        record.member(Key.seq, trade.seq)
        record.member(Key.tradeTime, trade.time?.description)
        record.member(Key.tier, trade.tier)
        record.member(Key.side, trade.side?.rawValue)
        record.member(Key.role, trade.role?.rawValue)
        record.member(Key.marketType, trade.marketType?.rawValue)
        record.member(Key.outcome, trade.outcome.isEmpty ? nil : trade.outcome)
        record.member(Key.title, trade.title.isEmpty ? nil : trade.title)
        record.member(Key.eventSlug, trade.eventSlug)
        record.member(Key.conditionID, trade.condition)
        record.member(Key.transactionHash, trade.transaction)
        record.member(Key.wallet, trade.wallet)
        record.member(Key.name, trade.walletName)
        record.member(Key.price, raw: trade.price?.description.utf8)
        record.member(Key.size, raw: trade.size?.description.utf8)
        record.member(Key.value, raw: trade.value?.description.utf8)
        if burst.count > 1 {
            record.member(Key.trades, burst.count)
            record.member(Key.totalValue, raw: burst.value.description.utf8)
            record.member(Key.averagePrice, raw: burst.price?.description.utf8)
        }
        record.key(Key.tags)
        record.array { tags in
            for tag in trade.tags { tags.string(tag) }
        }
        record.member(Key.label, trade.label)
        record.member(Key.score, trade.signals.score)
        record.member(Key.position, trade.signals.position)
        if !trade.signals.noise.isEmpty { record.member(Key.noise, trade.signals.noise) }
        record.member(Key.enrichment, trade.enrichment?.rawValue)
        record.member(Key.totalProfit, raw: trade.profit.map { json($0).utf8 })
        record.member(Key.winRate, raw: trade.winRate.map { json($0).utf8 })
    }

    /// The record without `channels`, as the live page gets it.
    var record: [UInt8] {
        var writer = JSONWriter()
        writer.object(writeMembers)
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: JSONKey, _ texts: [String]) {
        key(name)
        array { list in
            for text in texts { list.string(text) }
        }
    }
}

/// Returns the number as JSON, which has no `nan` and no `inf`.
private func json(_ number: Double) -> String {
    number.isFinite ? "\(number)" : "0"
}
