import PolymarketAPI

/// Returns true if a wallet is `SMART_MONEY`: more than 50,000 dollars of profit, and a win rate above 60 %.
package func isSmartMoney(profit: Micros, winRate: WinRate) -> Bool {
    profit > 50_000 && winRate.isAbove(percent: 60)
}
