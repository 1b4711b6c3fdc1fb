import PolymarketAPI

/// Returns true if a wallet is an `INSIDER`: few trades, a high win rate, and profit.
///
/// A wallet with fewer than ten trades hardly ever has the twenty positions that a win rate needs elsewhere, so here all
/// its positions count, however few.
package func isInsider(activity: Activity, profit: Micros, winRate: WinRate) -> Bool {
    activity == .low && winRate.isAbove(percent: 70, ofAtLeast: 1) && profit > 10_000
}
