import PMRecord

/// The habits of a wallet, from its last trades.
package struct WalletPattern: Sendable, Equatable {
    /// The parts of a trade that count.
    package struct Trade: Sendable {
        package let asset: String
        package let conditionID: String
        package let side: Side
        /// Shares.
        package let size: Double
        package let time: Timestamp

        package init(asset: String, conditionID: String, side: Side, size: Double, time: Timestamp) {
            self.asset = asset
            self.conditionID = conditionID
            self.side = side
            self.size = size
            self.time = time
        }
    }

    package let trades: Int
    package let tradesPerDay: Double
    /// The share of its markets in which it traded both ways: bought and sold a token, or bought both tokens.
    package let twoSidedShare: Double
    /// The net flow of shares over all tokens, as a share of what changed hands: 1 for a wallet that only buys, 0 for one
    /// that ends where it began.
    package let netFlowShare: Double
    /// The share of trades in the one token that it traded most.
    package let busiestTokenShare: Double

    /// - Returns: `nil` with fewer than two trades.
    package init?(_ trades: [Trade]) {
        guard trades.count > 1, let first = trades.map(\.time).min(), let last = trades.map(\.time).max()
        else {
            return nil
        }
        self.trades = trades.count
        let days = max(Double(last.milliseconds - first.milliseconds) / 86_400_000, 1 / 1440)
        tradesPerDay = Double(trades.count - 1) / days
        var ways: [String: Set<String>] = [:]
        var flows: [String: (net: Double, gross: Double, trades: Int)] = [:]
        for trade in trades {
            ways[trade.conditionID, default: []].insert("\(trade.asset) \(trade.side.rawValue)")
            var flow = flows[trade.asset] ?? (0, 0, 0)
            flow.net += trade.side == .buy ? trade.size : -trade.size
            flow.gross += trade.size
            flow.trades += 1
            flows[trade.asset] = flow
        }
        twoSidedShare = Double(ways.values.count { $0.count > 1 }) / Double(ways.count)
        let gross = flows.values.map(\.gross).sorted().reduce(0, +)
        let net = flows.values.map(\.net.magnitude).sorted().reduce(0, +)
        netFlowShare = gross > 0 ? net / gross : 1
        busiestTokenShare = Double(flows.values.map(\.trades).max() ?? 0) / Double(trades.count)
    }
}
