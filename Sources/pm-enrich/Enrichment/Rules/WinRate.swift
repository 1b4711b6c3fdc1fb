import Glibc

/// The fraction of a wallet's positions, open and closed, that have a profit.
package struct WinRate: Sendable, Equatable {
    package let winners: Int
    package let positions: Int
    /// True if the wallet has more positions than were read.
    package let isTruncated: Bool

    package init(winners: Int, positions: Int, isTruncated: Bool = false) {
        self.winners = winners
        self.positions = positions
        self.isTruncated = isTruncated
    }

    /// The fewest positions from which a rate is computed; with fewer it is withheld.
    package static let fewest = 20

    /// True if there are too few positions for a rate, or some were not read.
    package var isWithheld: Bool { positions < Self.fewest || isTruncated }

    /// The rate, from 0 to 1; `nil` when withheld.
    package var rate: Double? {
        isWithheld ? nil : Double(winners) / Double(positions)
    }

    /// Returns true if the rate is above `percent`; `false` when there are too few positions or some were not read.
    package func isAbove(percent: Int, ofAtLeast fewest: Int = WinRate.fewest) -> Bool {
        positions >= fewest && !isTruncated && winners * 100 > percent * positions
    }

    /// The 95 % confidence interval of the rate: Wilson's score interval, which also holds for small numbers. `nil` when
    /// withheld.
    ///
    /// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
    package var interval: ClosedRange<Double>? {
        guard let rate else { return nil }
        let (count, z) = (Double(positions), 1.959964)
        let scale = 1 + z * z / count
        let middle = (rate + z * z / (2 * count)) / scale
        let reach = z / scale * sqrt(rate * (1 - rate) / count + z * z / (4 * count * count))
        return max(0, middle - reach)...min(1, middle + reach)
    }
}
