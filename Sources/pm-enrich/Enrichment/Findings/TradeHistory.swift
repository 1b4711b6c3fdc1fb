import PolymarketAPI

/// What a wallet's last trades come to. Looked up for hundreds of wallets at a time, the trades themselves would be most
/// of the memory that is in use.
package struct TradeHistory: Sendable {
    package let count: Int
    package let largest: Micros?
    package let name: String?
    package let pseudonym: String?

    /// - Parameters:
    ///   - trades: At most ``Activity/window`` of them.
    ///   - unreadable: Others that came, of which nothing else is known.
    package init(_ trades: [DataAPI.TradeRow], unreadable: Int = 0) {
        count = trades.count + unreadable
        largest = trades.lazy.map(\.value).max()
        name = trades.lazy.compactMap(\.name).first
        pseudonym = trades.lazy.compactMap(\.pseudonym).first
    }
}
