import PolymarketAPI

/// Sums over one list of positions. The sums are kept instead of the positions: the positions of hundreds of
/// wallets at a time would take most of the memory.
package struct PositionTally: Sendable {
    package private(set) var count = 0
    /// Dollars: the total profit of positions held, and the realized profit of those that were left.
    package private(set) var profit = Micros.zero
    /// Positions that were left, or whose market is resolved; and those of them with a profit.
    package private(set) var decided = 0
    package private(set) var winners = 0
    /// Dollars: of all positions, and of the most valuable one.
    package private(set) var value = Micros.zero
    package private(set) var largest = Micros.zero
    /// True if a position is missing, or its profit is not known.
    package var isTruncated = false
    /// True if the reading ended by its time limit or by a fault of the service: another one may reach further.
    package var isInterrupted = false

    package init() {}

    package mutating func add(_ row: DataAPI.PositionRow) {
        count += 1
        if let currentValue = row.currentValue {
            value = value + currentValue
            largest = max(largest, currentValue)
        }
        guard let profit = row.status == .closed ? row.realizedProfit : row.totalProfit else {
            isTruncated = true
            return
        }
        self.profit = self.profit + profit
        switch row.status {
        case .closed, .redeemable:
            decided += 1
            if profit > .zero { winners += 1 }
        case .open: break
        // It may or may not be decided.
        case nil: isTruncated = true
        }
    }
}
