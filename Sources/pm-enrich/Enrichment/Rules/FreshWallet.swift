/// Whether a wallet is a `FRESH_WALLET`: it has made fewer than ten trades, or its account is less than a week old.
///
/// - Parameters:
///   - trades: `nil` when unknown; so with the age.
///   - accountAge: At the time of the trade.
///   - hasAge: Whether there is an age to know: a wallet without a public profile is judged by its trades alone.
/// - Returns: `nil` when it cannot be said.
package func isFreshWallet(trades: Int?, accountAge: Duration?, hasAge: Bool = true) -> Bool? {
    if let trades, trades < 10 { return true }
    if let accountAge, accountAge < .seconds(7 * 86_400) { return true }
    let isAllKnown = trades != nil && (accountAge != nil || !hasAge)
    return isAllKnown ? false : nil
}
