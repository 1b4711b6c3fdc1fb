import PMJSON
import PMRecord

/// A trade to grade: its outcome so far, and its place in the market.
struct GradableTrade: Sendable {
    var outcome: TradeOutcome
    /// The place of the traded token among the market's outcomes; `nil` when unknown.
    let outcomeIndex: Int?
    let isCombo: Bool
    /// The market's end; it is usually resolved within hours after it.
    let marketEnd: Timestamp?

    /// - Parameter earlier: The outcome as it was known before, if it was.
    /// - Returns: `nil` for a trade without a side, a price, a size or a token.
    init?(_ record: Record, earlier: TradeOutcome? = nil, at now: Timestamp) {
        guard let id = record.text(Key.id), let time = record.time(Key.time),
            let assetID = record.text(Key.assetID), let side = record.text(Key.side).flatMap(Side.init),
            let price = record.decimal(Key.price), let size = record.decimal(Key.size)
        else { return nil }
        let conditionID = record.text(Key.conditionID).map { ConditionID($0) }
        outcome = TradeOutcome(
            tradeID: id, time: time, conditionID: conditionID?.text, assetID: assetID,
            wallet: record.text(Key.wallet)?.lowercased(), side: side, price: price, size: size,
            fee: tradeFee(record), asOf: now)
        if let earlier {
            outcome.prices = earlier.prices
            (outcome.settlement, outcome.resolvedAt) = (earlier.settlement, earlier.resolvedAt)
            outcome.asOf = earlier.asOf
        }
        // The services write 999 for an outcome that they could not label.
        outcomeIndex = record.integer(Key.outcomeIndex).flatMap { 0...1 ~= $0 ? $0 : nil }
        isCombo =
            record.text(Key.marketType) == MarketType.combo.rawValue || conditionID?.marketType == .combo
        marketEnd = record.json(Key.market)?[Key.endDate.name.description]?.string.flatMap { Timestamp($0) }
    }

    /// The question for its settlement.
    var settlementQuery: GradingQuery {
        guard let conditionID = outcome.conditionID, !isCombo, outcomeIndex != nil else {
            return .finalPrice(asset: outcome.assetID)
        }
        return .resolution(conditionID: conditionID)
    }

    /// The question for the price at a time after the trade.
    func priceQuery(at horizon: TradeOutcome.Horizon) -> GradingQuery {
        let time = outcome.time.advanced(by: horizon.duration)
        // A thin market has minutes without a point; its last price holds.
        let first = max(outcome.time.advanced(by: .seconds(-60)), time.advanced(by: .seconds(-3600)))
        return .price(asset: outcome.assetID, since: first, at: time)
    }
}

/// Returns the fee of a trade in dollars; `nil` when it cannot be told.
///
/// The feed states the fee of a taker's row; makers pay none. A back-filled row has no fee, and gets that of the
/// market's schedule: shares × rate × p × (1 − p). Source: docs/POLYMARKET.md, "Chain".
func tradeFee(_ record: Record) -> Decimal? {
    if let fee = record.json(Key.extra)?[Key.fee.name.description]?.numberText { return Decimal(fee) }
    if record.text(Key.role) == Role.maker.rawValue { return .zero }
    let isLive = record.text(Key.via) == Via.live.rawValue && record.text(Key.feed) == Feed.activity.rawValue
    if isLive { return .zero }
    guard
        let rate = record.json(Key.market)?[Key.feeRate.name.description]?.numberText.flatMap({ Decimal($0) }
        ),
        let price = record.decimal(Key.price), let micros = price.micros, let size = record.decimal(Key.size),
        let spread = Decimal.productInMicros(price, Decimal(micros: 1_000_000 - micros)),
        let scaled = Decimal.productInMicros(spread, size)
    else { return nil }
    return Decimal.productInMicros(scaled, rate)
}
