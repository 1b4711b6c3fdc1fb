import PolymarketAPI

/// Whether a wallet trades like an `INSIDER`: seldom, nearly always right, and with profit.
package func isInsider(activity: Activity, profit: Micros, winRate: WinRate) -> Bool {
    activity == .low && winRate.isAbove(percent: 70) && profit > 10_000
}
