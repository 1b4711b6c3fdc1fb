import PolymarketAPI

/// What the services told of a wallet; `nil` where they did not answer.
package struct WalletParts: Sendable {
    package var open: [DataAPI.Position]?
    /// What each closed position has gained, in dollars.
    package var closed: [Micros]?
    package var trades: TradeHistory?
    /// Who the wallet says it is; a wallet without a profile is known to have none.
    package var account: Account?
    /// Whether there are more positions than were read.
    package var isTruncated = false

    package enum Account: Sendable {
        case known(Gamma.Profile)
        case none
    }

    package init() {}
}
