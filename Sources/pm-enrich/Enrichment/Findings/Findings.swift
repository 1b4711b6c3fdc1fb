import PMRecord

/// What was found out about one trade so far.
package struct Findings: Sendable {
    private var wallet: Finding?
    private var market: Finding?
    private var book: Finding?

    package init() {}

    package subscript(key: LookupKey) -> Finding? {
        get {
            switch key {
            case .wallet: wallet
            case .market: market
            case .book: book
            }
        }
        set {
            switch key {
            case .wallet: wallet = newValue
            case .market: market = newValue
            case .book: book = newValue
            }
        }
    }

    /// In the order in which they stand in a record.
    var inOrder: [Finding] { [wallet, market, book].compactMap { $0 } }

    /// How far the enrichment came, and what kept it from being whole.
    ///
    /// - Parameters:
    ///   - trade: The trade they are about.
    ///   - needs: What was to be found out; what is missing among the findings was not found in time.
    func outcome(for trade: TradeLine, needs: [LookupKey]) -> (state: EnrichmentState, reason: String?) {
        var problems: [String] = trade.wallet == nil ? ["wallet: not known"] : []
        var found = 0
        for key in needs {
            switch (key, self[key]) {
            case (_, nil): problems.append("\(key.name): not found in time")
            case (.market, .nothing): problems.append("market: not listed")
            case (_, .failed(let reason)): problems.append("\(key.name): \(reason)")
            case (_, let finding?):
                found += 1
                if let problem = finding.problem { problems.append("\(key.name): \(problem)") }
            }
        }
        if problems.isEmpty { return (.enriched, nil) }
        let reason = problems.joined(separator: "; ")
        return (trade.wallet == nil || found == 0 ? .failed : .partial, reason)
    }
}
