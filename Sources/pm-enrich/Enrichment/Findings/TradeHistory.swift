import PolymarketAPI

/// What a wallet's last trades come to. Looked up for hundreds of wallets at a time, the trades themselves would be most
/// of the memory that is in use.
package struct TradeHistory: Sendable {
    package let count: Int
    package let largest: Micros?
    package let name: String?
    package let pseudonym: String?

    /// - Parameter trades: At most ``Activity/window`` of them.
    package init(_ trades: [DataAPI.TradeRow]) {
        count = trades.count
        largest = trades.lazy.map(\.value).max()
        name = trades.lazy.compactMap(\.name).first
        pseudonym = trades.lazy.compactMap(\.pseudonym).first
    }
}
