import PolymarketAPI

/// Whether a wallet trades like an `INSIDER`: seldom, nearly always right, and with profit.
///
/// Who has made fewer than ten trades has hardly ever twenty positions, so that a rate which is withheld below those
/// would never be one of an insider: here it is judged by all positions, however few they are.
package func isInsider(activity: Activity, profit: Micros, winRate: WinRate) -> Bool {
    activity == .low && winRate.isAbove(percent: 70, ofAtLeast: 1) && profit > 10_000
}
