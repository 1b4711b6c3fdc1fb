import PMRecord

/// A part of an enrichment that could not be found.
enum MissingPart: Hashable {
    case lookup(LookupKey)
    /// A part of the wallet's profile.
    case profile(ProfilePart)
}

/// The completeness of an enrichment, and the parts that are missing.
struct EnrichmentAssessment: Sendable {
    private(set) var state = EnrichmentState.enriched
    private(set) var missingParts: Set<MissingPart> = []
    private var problems: [String] = []

    /// - Parameters:
    ///   - results: The results so far.
    ///   - needs: The look-ups of the trade. Those without a result did not finish in time.
    init(_ results: EnrichmentResults, of trade: TradeLine, needs: [LookupKey]) {
        var found = 0
        for key in needs {
            switch (key, results[key]) {
            case (.owner, .owner?): continue
            // Signals use what is there, and a trade is complete without them.
            case (.holdings, _), (.fills, _): continue
            case (.owner, .notFound): add("nobody's trade was found", key, as: "wallet")
            case (.market, .notFound): add("not listed", key)
            case (_, nil): add("not found in time", key)
            case (_, .failed(let reason)): add(reason, key)
            case (_, .wallet(let wallet)?):
                found += 1
                if let problem = wallet.problem { add(problem, key, parts: wallet.problems.keys) }
            case (_, _?): found += 1
            }
        }
        if trade.wallet == nil, problems.isEmpty || trade.owner == nil {
            problems.insert("wallet: not known", at: 0)
        }
        if !problems.isEmpty { state = trade.wallet == nil || found == 0 ? .failed : .partial }
    }

    /// The text of `enrichment_reason`; `nil` when nothing is missing.
    var reason: String? { problems.isEmpty ? nil : problems.joined(separator: "; ") }

    private mutating func add(
        _ problem: String, _ key: LookupKey, as name: String? = nil, parts: some Sequence<ProfilePart> = []
    ) {
        problems.append("\(name ?? key.name): \(problem)")
        let missing = parts.map { MissingPart.profile($0) }
        missingParts.formUnion(missing.isEmpty ? [.lookup(key)] : missing)
    }
}
