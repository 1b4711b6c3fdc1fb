import Crypto
import PMJSON
import PMRecord

/// One thing told to one subscriber: that a trade has been made, or a burst of them.
package struct Alert: Sendable {
    /// 32 hex digits; the same for every telling of the same thing, on whatever channel and after whatever crash.
    package let id: String
    /// 0 when first told; higher when told again with what has become known since.
    package let revision: Int
    package let type: AlertType
    /// `nil` where nobody subscribed, and everybody is told on standard output.
    package let subscriber: String?
    /// The trade, or that of the burst which says most.
    package let trade: AlertTrade
    package let burst: Burst
    package let decidedAt: Timestamp

    /// - Parameters:
    ///   - id: By default that of an alert which the trade is the first of.
    ///   - burst: By default of the trade alone.
    package init(
        _ type: AlertType, of trade: AlertTrade, to subscriber: String?, revision: Int = 0,
        decidedAt: Timestamp, id: String? = nil, burst: Burst? = nil
    ) {
        self.id = id ?? Self.id(type, of: trade, to: subscriber)
        self.revision = revision
        self.type = type
        self.subscriber = subscriber
        self.trade = trade
        self.burst = burst ?? Burst(trade)
        self.decidedAt = decidedAt
    }

    /// What all of it is worth; `nil` where nobody knows.
    package var value: Decimal? { burst.count > 1 ? burst.value : trade.value }

    /// Dollars a share, over all of it.
    package var price: Decimal? { burst.count > 1 ? burst.price : trade.price }

    /// Whether it comes too late to be told for itself.
    package func isLate(by limit: Duration, at clock: Timestamp) -> Bool {
        guard !trade.isReplayed, let heard = trade.receivedAt ?? trade.time else { return false }
        return heard.duration(to: clock) > limit
    }

    /// Told once per subscriber, rule, transaction and condition, however many fills the transaction has.
    package static func id(_ type: AlertType, of trade: AlertTrade, to subscriber: String?) -> String {
        id(type, of: trade.transaction ?? trade.id, in: trade.condition, to: subscriber)
    }

    /// - Parameter transaction: Its hash; a trade's id where that is not known.
    static func id(
        _ type: AlertType, of transaction: String, in condition: String?, to subscriber: String?
    ) -> String {
        let key = ["pm-alert1", subscriber ?? "", type.rawValue, transaction, condition ?? ""]
        return String(sha256(key.joined(separator: "|").utf8).hexadecimal.prefix(32))
    }

    /// `Mega whale buys $18,450 of Yes at 63¢ in 3 trades: Will Malta win?`
    package var message: String {
        let who = trade.tier.map(Wording.tier) ?? "Smart money"
        let deed =
            switch trade.side {
            case .buy: "buys"
            case .sell: "sells"
            case nil: "trades"
            }
        let amount = value.map(Wording.dollars) ?? "an unknown amount"
        let outcome = trade.outcome.isEmpty ? "" : " of \(trade.outcome)"
        let price = price.map { " at \(Wording.cents($0))" } ?? ""
        let times = burst.count > 1 ? " in \(burst.count) trades" : ""
        return "\(who) \(deed) \(amount)\(outcome)\(price)\(times)"
            + (trade.title.isEmpty ? "" : ": \(trade.title)")
    }
}

/// One telling of an alert.
struct AlertRevision: Hashable {
    let id: String
    let revision: Int
}

extension Alert {
    var telling: AlertRevision { AlertRevision(id: id, revision: revision) }

    /// The members that the record on standard output, the webhook's body and the live page have in common.
    func writeMembers(into record: inout JSONWriter) {
        record.member(Key.kind, Kind.alert.rawValue)
        record.member(Key.id, id)
        record.member(Key.revision, revision)
        record.member(Key.time, decidedAt.description)
        record.member(Key.rule, type.rawValue)
        record.member(Key.subscriber, subscriber)
        record.member(AlertKey.message, message)
        record.member(Key.tradeID, trade.id)
        record.member(Key.seq, trade.seq)
        record.member(AlertKey.tradeTime, trade.time?.description)
        record.member(Key.tier, trade.tier)
        record.member(Key.side, trade.side?.rawValue)
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
            record.member(AlertKey.trades, burst.count)
            record.member(AlertKey.totalValue, raw: burst.value.description.utf8)
            record.member(AlertKey.averagePrice, raw: burst.price?.description.utf8)
        }
        record.key(Key.tags)
        record.array { tags in
            for tag in trade.tags { tags.string(tag) }
        }
        record.member(Key.enrichment, trade.enrichment?.rawValue)
        record.member(AlertKey.totalProfit, raw: trade.profit.map { shortest($0).utf8 })
        record.member(AlertKey.winRate, raw: trade.winRate.map { shortest($0).utf8 })
    }

    /// The record without what became of it, as the live page is told.
    var record: [UInt8] {
        var writer = JSONWriter()
        writer.object(writeMembers)
        return writer.bytes
    }
}

/// The keys that only an alert has.
enum AlertKey {
    static let message: JSONKey = "message"
    static let tradeTime: JSONKey = "trade_time"
    /// How many trades are told as one, and what they come to; absent for one.
    static let trades: JSONKey = "trades"
    static let totalValue: JSONKey = "total_value"
    static let averagePrice: JSONKey = "average_price"
    static let totalProfit: JSONKey = "total_profit"
    static let winRate: JSONKey = "win_rate"
    static let channels: JSONKey = "channels"
    static let channel: JSONKey = "channel"
    static let attempts: JSONKey = "attempts"
}

/// A number that came as JSON, as JSON: never `nan`, `inf` or `5e-07` without digits before.
private func shortest(_ number: Double) -> String {
    number.isFinite ? "\(number)" : "0"
}
