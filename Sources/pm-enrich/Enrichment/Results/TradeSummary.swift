import PMRecord
import PolymarketAPI
import Signals

/// A summary of a wallet's last trades. The trades themselves, of hundreds of wallets at a time, would take most of the
/// memory.
package struct TradeSummary: Sendable {
    package let count: Int
    package let largest: Micros?
    package let name: String?
    package let pseudonym: String?
    /// `nil` with too few trades.
    package let pattern: WalletPattern?

    /// - Parameters:
    ///   - trades: At most ``Activity/window``.
    ///   - unreadable: The number of further trades that could not be read.
    package init(_ trades: [DataAPI.TradeRow], unreadable: Int = 0) {
        count = trades.count + unreadable
        largest = trades.lazy.map(\.value).max()
        name = trades.lazy.compactMap(\.name).first
        pseudonym = trades.lazy.compactMap(\.pseudonym).first
        pattern = WalletPattern(
            trades.compactMap { row in
                guard let side = row.side.flatMap(Side.init), let time = row.time else { return nil }
                return WalletPattern.Trade(
                    asset: row.asset, conditionID: row.conditionID?.text ?? row.asset, side: side,
                    size: Double(row.size.count) / 1e6, time: time)
            })
    }
}
