import PMRecord
import PolymarketAPI
import Signals

/// The findings from earlier trades about a trade: kept with the trade, because later revisions need it too.
struct SignalContext: Sendable {
    var accumulation: Accumulation?
    var related: RelatedTrades?
    /// True if the wallet was seen in other categories only; `nil` when it was not seen before.
    var isNewCategory: Bool?
}

/// The memory of earlier trades, bounded: who accumulates what, which fresh wallets trade the same event, and the categories
/// of each wallet.
struct SignalTracker: Sendable {
    private static let maxWallets = 32_768

    private var accumulation: AccumulationWindow
    private var related = RelatedTradeFinder()
    /// The categories of each wallet, as bits. Both together are bounded, and the older half is dropped.
    private var categories: [String: UInt64] = [:]
    private var olderCategories: [String: UInt64] = [:]

    init(_ settings: SignalSettings) {
        accumulation = AccumulationWindow(threshold: settings.accumulation)
    }

    /// Takes a trade as it arrives.
    mutating func add(_ trade: TradeLine) -> Accumulation? {
        guard let wallet = trade.wallet, let asset = trade.assetID, let side = trade.side,
            let size = trade.size, let time = trade.time
        else { return nil }
        return accumulation.add(
            wallet: wallet, asset: asset, side: side, value: Decimal(micros: Int128(trade.value.count)),
            size: Decimal(micros: Int128(size.count)), at: time)
    }

    /// Takes a trade whose wallet and market are known, and completes its context.
    mutating func complete(_ context: inout SignalContext, of trade: TradeLine, _ results: EnrichmentResults)
    {
        guard let wallet = trade.wallet, let time = trade.time else { return }
        let isFresh = results.profile?.isFresh(at: time) ?? false
        let event = trade.record.text(Key.eventSlug) ?? trade.record.text(Key.conditionID)
        if isFresh, trade.side == .buy, let event {
            context.related = related.add(
                event: event, wallet: wallet, value: Decimal(micros: Int128(trade.value.count)), at: time)
        }
        guard let category = results.market?.topics.first else { return }
        let bit: UInt64 = 1 << (category.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) } & 63)
        let known = categories[wallet] ?? olderCategories[wallet]
        context.isNewCategory = known.map { $0 & bit == 0 }
        if categories[wallet] == nil, categories.count >= Self.maxWallets {
            (olderCategories, categories) = (categories, [:])
        }
        categories[wallet] = (known ?? 0) | bit
    }
}

/// Settings of the signals.
package struct SignalSettings: Sendable {
    /// Net purchases in dollars from which an accumulation is reported.
    package var accumulation: Decimal = 10_000

    package init() {}
}
