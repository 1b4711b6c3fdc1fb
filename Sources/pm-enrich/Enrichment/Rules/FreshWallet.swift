/// Returns whether a wallet is a `FRESH_WALLET`: fewer than ten trades, or an account younger than a week.
///
/// - Parameters:
///   - trades: `nil` when unknown.
///   - accountAge: The age at the time of the trade; `nil` when unknown.
///   - hasAge: Whether the wallet has an account. Without one, only its trades count.
/// - Returns: `nil` when it is unknown.
package func isFreshWallet(trades: Int?, accountAge: Duration?, hasAge: Bool = true) -> Bool? {
    if let trades, trades < 10 { return true }
    if let accountAge, accountAge < .seconds(7 * 86_400) { return true }
    let isAllKnown = trades != nil && (accountAge != nil || !hasAge)
    return isAllKnown ? false : nil
}
