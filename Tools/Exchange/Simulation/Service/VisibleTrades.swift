import PMRecord

/// The number of trades that the Data API shows, in listings by wallet and in all others: the first ones of the truth.
struct VisibleTrades {
    let byUser: Int
    let byCondition: Int

    var least: Int { min(byUser, byCondition) }
}

/// The time from the block of a trade until the Data API shows the trade.
package struct DataLags: Sendable {
    /// Added to the two others.
    package var all = Duration.zero
    /// In listings by wallet.
    package var user = Duration.zero
    /// In all other listings; drawn from this range for each block.
    package var condition = Duration.zero...Duration.zero
}

/// Counts the trades that each listing shows. Trades appear in their order: a later one waits for an earlier one.
struct Visibility {
    private let seed: UInt64
    private var byUser = 0
    private var byCondition = 0
    private var onChain = 0

    init(seed: UInt64) { self.seed = seed }

    mutating func update(_ truth: [Fill], at now: Timestamp, _ lags: DataLags) -> VisibleTrades {
        while byUser < truth.count, due(truth[byUser], lags.all + lags.user) <= now { byUser += 1 }
        while byCondition < truth.count,
            due(truth[byCondition], lags.all + conditionLag(of: truth[byCondition], lags)) <= now
        {
            byCondition += 1
        }
        return VisibleTrades(byUser: byUser, byCondition: byCondition)
    }

    /// The number of trades that are in a block.
    mutating func settled(_ truth: [Fill], at now: Timestamp) -> Int {
        while onChain < truth.count, truth[onChain].block.time <= now { onChain += 1 }
        return onChain
    }

    private func due(_ fill: Fill, _ lag: Duration) -> Timestamp { fill.block.time.advanced(by: lag) }

    private func conditionLag(of fill: Fill, _ lags: DataLags) -> Duration {
        let (least, most) = (lags.condition.lowerBound, lags.condition.upperBound)
        guard most > least else { return least }
        var random = SeededRandom(seed: seed, for: "lag \(fill.block.number)")
        return least + (most - least) * random.unit()
    }
}
