import PMRecord

/// The price levels that a taker's order took, from the makers' fills of its own transaction.
///
/// A book that is read after the trade shows what was left. The fills show what was taken.
package struct TakenLevels: Sendable, Equatable {
    /// One maker's fill.
    package struct Fill: Sendable {
        package let asset: String
        package let side: Side
        /// Dollars per share.
        package let price: Decimal
        /// Shares.
        package let size: Decimal

        package init(asset: String, side: Side, price: Decimal, size: Decimal) {
            self.asset = asset
            self.side = side
            self.price = price
            self.size = size
        }
    }

    package let levels: Int
    /// Dollars per share: the best and the worst level, and the average over the shares.
    package let best: Decimal
    package let worst: Decimal
    package let average: Decimal

    /// - Parameters:
    ///   - asset: The token that the taker traded.
    ///   - side: The taker's side.
    /// - Returns: `nil` without a fill of some shares at a price from 0 to 1.
    package init?(taking side: Side, of asset: String, from fills: [Fill]) {
        var shares: [Int128: Int128] = [:]
        for fill in fills {
            guard let price = fill.price.micros, let size = fill.size.micros, 0...1_000_000 ~= price, size > 0
            else { continue }
            // In a mint or a merge both sides do the same with the two tokens, whose prices add up to a dollar.
            let isOther = fill.asset != asset
            guard isOther == (fill.side == side) else { continue }
            shares[isOther ? 1_000_000 - price : price, default: 0] += size
        }
        let prices = shares.keys.sorted()
        guard let lowest = prices.first, let highest = prices.last else { return nil }
        levels = prices.count
        (best, worst) =
            side == .buy
            ? (Decimal(micros: lowest), Decimal(micros: highest))
            : (Decimal(micros: highest), Decimal(micros: lowest))
        let (paid, size) = shares.reduce((Int128(0), Int128(0))) {
            ($0.0 + $1.key * $1.value, $0.1 + $1.value)
        }
        let (quotient, rest) = paid.quotientAndRemainder(dividingBy: size)
        let isUp = rest * 2 > size || rest * 2 == size && !quotient.isMultiple(of: 2)
        average = Decimal(micros: quotient + (isUp ? 1 : 0))
    }

    /// True if more than three levels were taken, as for the tag `SWEEPER`.
    package var isSweep: Bool { levels > 3 }
}
