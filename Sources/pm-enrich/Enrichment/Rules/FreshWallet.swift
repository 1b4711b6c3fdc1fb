/// Whether a wallet is a `FRESH_WALLET`: it has made fewer than ten trades, or its account is less than a week old.
///
/// - Parameters:
///   - trades: `nil` when unknown; so with the age.
///   - accountAge: At the time of the trade.
package func isFreshWallet(trades: Int?, accountAge: Duration?) -> Bool {
    if let trades, trades < 10 { return true }
    if let accountAge, accountAge < .seconds(7 * 86_400) { return true }
    return false
}
