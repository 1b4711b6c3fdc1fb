/// A wallet with fewer trades is fresh.
let fewTrades = 10

/// Returns true if a wallet is a `FRESH_WALLET`: fewer than ten trades, or an account younger than a week.
///
/// - Parameters:
///   - hasFewTrades: Whether it has fewer than ten trades; `nil` when unknown.
///   - accountAge: The age at the time of the trade; `nil` when unknown.
///   - hasAge: Whether the wallet has an account. Without one, only its trades count.
/// - Returns: `nil` when it is unknown.
package func isFreshWallet(hasFewTrades: Bool?, accountAge: Duration?, hasAge: Bool = true) -> Bool? {
    if hasFewTrades == true { return true }
    if let accountAge, accountAge < .seconds(7 * 86_400) { return true }
    let isAllKnown = hasFewTrades != nil && (accountAge != nil || !hasAge)
    return isAllKnown ? false : nil
}
