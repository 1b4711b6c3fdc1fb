import PMRecord

/// Judges whether a read of the API shows what the feed sent: an answer without rows proves that there are none only if
/// it shows the trades that are known to exist.
///
/// Not every trade of the feed has to appear: one whose settlement fails never does. So half of each group has to. An API
/// that is behind, or leaves out a part of its list, hides a whole group.
struct ReadEvidence: Sendable {
    /// The trades of the feed that a read is judged by.
    enum Expectation: Sendable {
        /// Of a gap: some before it, and some after it.
        case margins(before: [ReceivedTrades.Trade], after: [ReceivedTrades.Trade])
        /// Of an audited stretch: all in it, in the order of their times.
        case stretch([ReceivedTrades.Trade])
    }

    private static let groupSize = 16

    private var expectation: Expectation
    /// The API's time of each transaction that the read has shown.
    private var shown: [UInt128: Timestamp] = [:]

    init(_ expectation: Expectation) {
        self.expectation = expectation
    }

    /// Another part of the same read begins: what was shown stays shown.
    mutating func expect(_ expectation: Expectation) {
        self.expectation = expectation
    }

    /// The read shows a row of that transaction.
    mutating func show(_ transaction: UInt128, at time: Timestamp) {
        shown[transaction] = max(shown[transaction] ?? time, time)
    }

    /// Returns true if the read shows enough of what the feed sent.
    ///
    /// - Parameters:
    ///   - isNewest: True if the read has begun with the newest row.
    ///   - isOldest: True if the read has come to the end of the window.
    func isEnough(isNewest: Bool, isOldest: Bool) -> Bool {
        switch expectation {
        case .margins(let before, let after):
            (!isNewest || showsHalf(of: after[...])) && (!isOldest || showsHalf(of: before[...]))
        case .stretch(let trades):
            !isOldest || showsStretch(trades)
        }
    }

    /// Up to when a stretch has been shown; `nil` where the feed sent nothing in it.
    var provedTo: Timestamp? {
        guard case .stretch(let trades) = expectation, !trades.isEmpty else { return nil }
        return trades.compactMap { shown[$0.transaction] }.max()
    }

    private func showsStretch(_ trades: [ReceivedTrades.Trade]) -> Bool {
        guard let last = trades.lastIndex(where: isShown) else { return trades.isEmpty }
        // What follows the last one that is shown is left for the next audit.
        let seen = trades[...last]
        let missing = seen.count { !isShown($0) }
        guard missing * 4 <= seen.count + 3 else { return false }
        return stride(from: 0, to: seen.count, by: Self.groupSize).allSatisfy { start in
            showsHalf(of: seen[start..<min(start + Self.groupSize, seen.count)])
        }
    }

    private func showsHalf(of trades: ArraySlice<ReceivedTrades.Trade>) -> Bool {
        trades.count(where: isShown) * 2 >= trades.count
    }

    private func isShown(_ trade: ReceivedTrades.Trade) -> Bool { shown[trade.transaction] != nil }
}
