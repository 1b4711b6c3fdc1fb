import PolymarketAPI

/// Returns true if a wallet is a whale: an open position is worth more than 10,000 dollars.
package func isWhaleHolder(positionValues: some Sequence<Micros>) -> Bool {
    positionValues.contains { $0 > 10_000 }
}
