import PMRecord

/// A wallet's cumulative profit and loss at a time, computed from its history. Amounts are millionths of a dollar.
///
/// Identities, which hold exactly: position = realized + unrealized; income = sponsored + rebates; settled =
/// realized + income; economic = position + income; trade = position − liquidity − fees − refunds. Source:
/// docs/POLYMARKET.md, "One-wallet reads".
package struct PnLPoint: Sendable {
    package let time: Timestamp
    package let block: Int
    package var realizedMarket = 0
    package var realizedCombo = 0
    package var unrealized = 0
    /// Negative.
    package var fees = 0
    package var feesRefunded = 0
    package var income: [ActivityEvent.Kind: Int] = [:]
    /// Shares, dollars, filled orders.
    package var volume = 0
    package var volumeDollars = 0
    package var tradeCount = 0

    package var realized: Int { realizedMarket + realizedCombo }
    package var position: Int { realized + unrealized }
    package var sponsored: Int { self[.reward] + self[.yield] + self[.referralReward] }
    package var walletIncome: Int { sponsored + self[.makerRebate] + self[.takerRebate] }
    package var settled: Int { realized + walletIncome }
    package var economic: Int { position + walletIncome }
    package var trade: Int { position - fees - feesRefunded }

    package subscript(kind: ActivityEvent.Kind) -> Int { income[kind] ?? 0 }
}

package struct WalletLedger {
    let history: WalletHistory
    let world: World
    /// The wallet's trades since the start that the API shows.
    let recent: [Fill]

    func point(at time: Timestamp) -> PnLPoint {
        var point = PnLPoint(
            time: time, block: Block(at: time, period: world.options.blockPeriod).number)
        for position in history.allPositions where position.firstEntry <= time {
            point.fees -= position.feeMicros
            point.feesRefunded += position.feeMicros / 20
            if position.lastEvent <= time { point.realizedMarket += position.realized * 100 }
            point.unrealized += Int(Double(position.unrealized * 100) * progress(position.firstEntry, time))
        }
        // The figures of positions are without fees; the realized sums are after fees.
        point.realizedMarket += point.fees + point.feesRefunded
        for combo in history.combos where (combo.resolvedAt ?? world.start) <= time {
            point.realizedCombo += combo.result
        }
        for event in history.events where event.time <= time {
            point.income[event.type, default: 0] += Int((event.dollars * 1_000_000).rounded())
        }
        for fill in history.trades + recent where fill.block.time <= time {
            point.volume += Int((fill.shares * 1_000_000).rounded())
            point.volumeDollars += Int((fill.dollars * 1_000_000).rounded())
            point.tradeCount += 1
        }
        return point
    }

    /// The share of a position's result that is reached at a time before the start; 1 after it.
    private func progress(_ entry: Timestamp, _ time: Timestamp) -> Double {
        guard time < world.start else { return 1 }
        let whole = Double(entry.duration(to: world.start).inMilliseconds)
        return Double(entry.duration(to: time).inMilliseconds) / max(whole, 1)
    }

    /// The number of different markets in which the wallet has traded.
    var marketCount: Int { Set((history.trades + recent).map(\.market)).count }

    /// Millionths of a dollar; 0 for none above one dollar.
    var biggestWin: Int {
        let most = history.closed.map { $0.realized * 100 }.max() ?? 0
        return most > 1_000_000 ? most : 0
    }
}
