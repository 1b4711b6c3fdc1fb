import PolymarketAPI

/// The answers of the services about a wallet; `nil` for those that did not answer.
package struct WalletAnswers: Sendable {
    package var open: [DataAPI.Position]?
    /// The realized profit of each closed position, in dollars.
    package var closed: [Micros]?
    package var trades: TradeSummary?
    /// The public profile; `none` for a wallet that has none.
    package var account: Account?
    /// Indicates whether the wallet has more positions than were read.
    package var isTruncated = false

    package enum Account: Sendable {
        case known(Gamma.Profile)
        case none
    }

    package init() {}
}
