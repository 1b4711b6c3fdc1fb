import PolymarketAPI

/// Whether a wallet holds like a whale: an open position worth more than 10,000 dollars.
package func isWhaleHolder(positionValues: some Sequence<Micros>) -> Bool {
    positionValues.contains { $0 > 10_000 }
}
