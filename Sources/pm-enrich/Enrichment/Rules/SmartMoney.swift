import PolymarketAPI

/// Whether a wallet is `SMART_MONEY`: it has gained more than 50,000 dollars, and most of its positions did.
package func isSmartMoney(profit: Micros, winRate: WinRate) -> Bool {
    profit > 50_000 && winRate.isAbove(percent: 60)
}
