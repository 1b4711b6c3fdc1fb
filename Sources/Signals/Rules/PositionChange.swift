import PMRecord

/// The effect of a trade on its wallet's position.
package enum PositionChange: String, Sendable {
    /// The first shares of the outcome.
    case opening
    case adding
    /// A purchase while the other outcome of the market is held.
    case hedging
    /// A sale that leaves shares.
    case reducing
    /// A sale that leaves none.
    case closing

    /// Fewer shares count as none. The service leaves positions below this out.
    /// Source: docs/POLYMARKET.md, "Data API v2".
    private static let dust: Int128 = 100_000

    /// - Parameters:
    ///   - size: The shares of the trade.
    ///   - held: The shares of the outcome that the wallet holds after the trade.
    ///   - heldOfOther: The shares of the market's other outcome.
    /// - Returns: `nil` for numbers beyond 10^30.
    package init?(_ side: Side, size: Decimal, held: Decimal, heldOfOther: Decimal) {
        guard let size = size.micros, let held = held.micros, let heldOfOther = heldOfOther.micros else {
            return nil
        }
        // A position is rounded to 4 decimals, and a fee may be taken in shares.
        let tolerance = max(Self.dust, size / 100)
        switch side {
        case .buy where heldOfOther > tolerance: self = .hedging
        case .buy: self = held - size > tolerance ? .adding : .opening
        case .sell: self = held > tolerance ? .reducing : .closing
        }
    }
}
