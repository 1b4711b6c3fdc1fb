import PMRecord

/// The wallet of a trade that was received without one.
package struct TradeOwner: Sendable, Equatable {
    package let wallet: String
    /// The role of its order; `nil` when unknown.
    package let role: Role?

    package init(wallet: String, role: Role? = nil) {
        self.wallet = wallet
        self.role = role
    }
}
