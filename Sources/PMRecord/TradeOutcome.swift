import PMJSON

/// How a trade turned out: the later prices of its outcome, and the settlement. A record of kind `outcome`.
///
/// Money is exact. A later record of the same trade replaces an earlier one, for example after a dispute.
package struct TradeOutcome: Sendable, Equatable {
    /// A time after the trade at which the price of its outcome is read.
    package enum Horizon: Sendable, CaseIterable {
        case fiveMinutes, hour, day

        package var duration: Duration {
            switch self {
            case .fiveMinutes: .seconds(300)
            case .hour: .seconds(3600)
            case .day: .seconds(86_400)
            }
        }

        fileprivate var keys: (price: JSONKey, edge: JSONKey) {
            switch self {
            case .fiveMinutes: (Key.price5m, Key.edge5m)
            case .hour: (Key.price1h, Key.edge1h)
            case .day: (Key.price24h, Key.edge24h)
            }
        }
    }

    package let tradeID: String
    /// The time of the trade.
    package let time: Timestamp
    package let conditionID: String?
    package let assetID: String
    package let wallet: String?
    package let side: Side
    /// Dollars per share.
    package let price: Decimal
    /// Shares.
    package let size: Decimal
    /// The fee of the whole trade in dollars; `nil` when unknown, and the edges are then before fees.
    package let fee: Decimal?
    /// Dollars per share, by the time after the trade; absent before that time, and where there was no price.
    package var prices: [Horizon: Decimal] = [:]
    /// Dollars that one share pays; `nil` while the market is not resolved.
    package var settlement: Decimal?
    package var resolvedAt: Timestamp?
    /// The time of this knowledge.
    package var asOf: Timestamp

    package init(
        tradeID: String, time: Timestamp, conditionID: String?, assetID: String, wallet: String?, side: Side,
        price: Decimal, size: Decimal, fee: Decimal?, asOf: Timestamp
    ) {
        self.tradeID = tradeID
        self.time = time
        self.conditionID = conditionID
        self.assetID = assetID
        self.wallet = wallet
        self.side = side
        self.price = price
        self.size = size
        self.fee = fee
        self.asOf = asOf
    }

    /// The profit per share in cents at a later price, after the fee; `nil` for numbers beyond 10^30.
    ///
    /// A buyer gains what the price rises, a seller what it falls. The fee is spread over the shares and rounded
    /// half-even to millionths of a dollar.
    package func edge(at later: Decimal) -> Decimal? {
        guard let gross = grossEdge(at: later) else { return nil }
        return Decimal(micros: (gross - (feePerShare ?? 0)) * 100)
    }

    /// The same before the fee.
    package func edgeBeforeFee(at later: Decimal) -> Decimal? {
        grossEdge(at: later).map { Decimal(micros: $0 * 100) }
    }

    private func grossEdge(at later: Decimal) -> Int128? {
        guard let paid = price.micros, let later = later.micros else { return nil }
        switch side {
        case .buy: return later - paid
        case .sell: return paid - later
        }
    }

    /// Millionths of a dollar.
    private var feePerShare: Int128? {
        guard let fee = fee?.micros, let size = size.micros, size > 0 else { return nil }
        let (quotient, remainder) = (fee * 1_000_000).quotientAndRemainder(dividingBy: size)
        let isUp = remainder * 2 > size || remainder * 2 == size && !quotient.isMultiple(of: 2)
        return quotient + (isUp ? 1 : 0)
    }
}

extension TradeOutcome {
    /// Reads an `outcome` record; `nil` where a member that it needs is missing.
    package init?(_ record: Record) {
        guard record.kind == .outcome, let tradeID = record.text(Key.tradeID),
            let time = record.time(Key.time), let assetID = record.text(Key.assetID),
            let side = record.text(Key.side).flatMap(Side.init), let price = record.decimal(Key.price),
            let size = record.decimal(Key.size), let asOf = record.time(Key.asOf)
        else { return nil }
        self.init(
            tradeID: tradeID, time: time, conditionID: record.text(Key.conditionID), assetID: assetID,
            wallet: record.text(Key.wallet), side: side, price: price, size: size,
            fee: record.decimal(Key.fee), asOf: asOf)
        for horizon in Horizon.allCases { prices[horizon] = record.decimal(horizon.keys.price) }
        settlement = record.decimal(Key.settlement)
        resolvedAt = record.time(Key.resolvedAt)
    }

    /// The record, without its newline.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.outcome.rawValue)
            record.member(Key.tradeID, tradeID)
            record.member(Key.time, time.description)
            record.member(Key.asOf, asOf.description)
            record.member(Key.conditionID, conditionID)
            record.member(Key.assetID, assetID)
            record.member(Key.wallet, wallet)
            record.member(Key.side, side.rawValue)
            record.member(Key.price, raw: price.description.utf8)
            record.member(Key.size, raw: size.description.utf8)
            record.member(Key.fee, raw: fee?.description.utf8)
            for horizon in Horizon.allCases {
                guard let price = prices[horizon] else { continue }
                record.member(horizon.keys.price, raw: price.description.utf8)
                record.member(horizon.keys.edge, raw: edge(at: price)?.description.utf8)
            }
            if let settlement {
                record.member(Key.settlement, raw: settlement.description.utf8)
                record.member(Key.edge, raw: edge(at: settlement)?.description.utf8)
                record.member(Key.resolvedAt, resolvedAt?.description)
            }
        }
        return writer.bytes
    }
}
