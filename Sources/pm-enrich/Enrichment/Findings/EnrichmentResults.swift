import PMRecord
import PolymarketAPI

/// What was found out about one trade so far.
package struct EnrichmentResults: Sendable {
    private var wallet: Finding?
    private var market: Finding?
    private var book: Finding?
    private var owner: Finding?

    package init() {}

    package subscript(key: LookupKey) -> Finding? {
        get {
            switch key {
            case .wallet: wallet
            case .market: market
            case .book: book
            case .owner: owner
            case .leaderboard: nil
            }
        }
        set {
            switch key {
            case .wallet: wallet = newValue
            case .market: market = newValue
            case .book: book = newValue
            case .owner: owner = newValue
            case .leaderboard: break
            }
        }
    }

    /// In the order in which they stand in a record.
    var inOrder: [Finding] { [owner, wallet, market, book].compactMap { $0 } }

    /// Bytes that they hold, roughly.
    var weight: Int { inOrder.reduce(0) { $0 + $1.weight } }

    /// How far the enrichment came, and what kept it from being whole.
    ///
    /// - Parameters:
    ///   - trade: The trade they are about.
    ///   - needs: What was to be found out; what is missing among the findings was not found in time.
    func outcome(for trade: TradeLine, needs: [LookupKey]) -> Outcome {
        var outcome = Outcome()
        var found = 0
        for key in needs {
            switch (key, self[key]) {
            case (.owner, .owner?): continue
            case (.owner, .nothing): outcome.lacks(key, "nobody's trade was found", as: "wallet")
            case (.market, .nothing): outcome.lacks(key, "not listed")
            case (_, nil): outcome.lacks(key, "not found in time")
            case (_, .failed(let reason)): outcome.lacks(key, reason)
            case (_, .wallet(let wallet)?):
                found += 1
                if let problem = wallet.problem { outcome.lacks(key, problem, of: wallet.problems.keys) }
            case (_, _?): found += 1
            }
        }
        if trade.wallet == nil, outcome.problems.isEmpty || trade.owner == nil {
            outcome.problems.insert("wallet: not known", at: 0)
        }
        if !outcome.problems.isEmpty {
            outcome.state = trade.wallet == nil || found == 0 ? .failed : .partial
        }
        return outcome
    }
}

/// What an enrichment came to.
struct Outcome: Sendable {
    var state = EnrichmentState.enriched
    /// What kept it from being whole.
    var problems: [String] = []
    var gaps: Set<Gap> = []

    /// Something that is not known, or, of a wallet, one of its parts.
    enum Gap: Hashable {
        case all(of: LookupKey)
        case part(Route)
    }

    fileprivate mutating func lacks(
        _ key: LookupKey, _ reason: String, as name: String? = nil, of parts: some Sequence<Route> = []
    ) {
        problems.append("\(name ?? key.name): \(reason)")
        let lacking = parts.map { Gap.part($0) }
        gaps.formUnion(lacking.isEmpty ? [.all(of: key)] : lacking)
    }

    var reason: String? { problems.isEmpty ? nil : problems.joined(separator: "; ") }
}
