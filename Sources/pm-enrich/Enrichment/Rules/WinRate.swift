import Glibc

/// How many of a wallet's positions, open and closed, have gained.
package struct WinRate: Sendable, Equatable {
    package let winners: Int
    package let positions: Int
    /// Whether there are more positions than were read.
    package let isTruncated: Bool

    package init(winners: Int, positions: Int, isTruncated: Bool = false) {
        self.winners = winners
        self.positions = positions
        self.isTruncated = isTruncated
    }

    /// Positions below which a rate says nothing.
    package static let fewest = 20

    /// Too few positions to say, or not all of them.
    package var isWithheld: Bool { positions < Self.fewest || isTruncated }

    /// From 0 to 1; `nil` when withheld.
    package var rate: Double? {
        isWithheld ? nil : Double(winners) / Double(positions)
    }

    /// Whether the rate is above so many percent; false when there are fewer positions than that, or some were not
    /// read.
    package func isAbove(percent: Int, ofAtLeast fewest: Int = WinRate.fewest) -> Bool {
        positions >= fewest && !isTruncated && winners * 100 > percent * positions
    }

    /// The rates that the wallet may have in truth, with 95 % confidence: Wilson's score interval, which holds for
    /// small numbers too. `nil` when withheld.
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
