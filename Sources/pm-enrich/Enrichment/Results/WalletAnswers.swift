import PMRecord
import PolymarketAPI

/// The answers of the services about a wallet; `nil` for what is not known.
package struct WalletAnswers: Sendable {
    package var open: PositionTally?
    package var closed: PositionTally?
    package var trades: TradeSummary?
    /// True if the wallet has fewer than ten trades.
    package var hasFewTrades: Bool?
    /// True if the Data API has statistics of the wallet.
    package var hasStats = false
    /// The number of filled orders in the wallet's whole life.
    package var tradeCount: Int?
    /// The profit of trades without fees in the wallet's whole life, in dollars: to compare with the sum.
    package var tradeProfit: Micros?
    /// The profit of resolved combos, with fees, in dollars. The other profits do not contain it.
    package var comboProfit: Micros?
    package var joinedAt: Timestamp?
    /// The value of the portfolio, in dollars.
    package var value: Micros?
    /// The value of the most valuable position, in dollars.
    package var largestPosition: Micros?
    /// The public profile; `none` for a wallet that has none.
    package var account: Account?

    package enum Account: Sendable {
        case known(Gamma.Profile)
        case none
    }

    package init() {}

    /// True if no service answered.
    var isEmpty: Bool { !hasData && account == nil }

    /// True if the Data API answered.
    var hasData: Bool { open != nil || closed != nil || trades != nil || hasStats }
}
