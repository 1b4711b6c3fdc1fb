import PolymarketAPI

/// What looking a wallet up came to.
package struct WalletFinding: Sendable {
    package let profile: WalletProfile
    /// The profile as it stands in a record, made once for all the trades it is in.
    package let json: [UInt8]
    /// Why the profile is not whole: what each route said that did not answer.
    package let problems: [Route: String]

    init(_ profile: WalletProfile, problems: [Route: String]) {
        self.profile = profile
        json = profile.json
        self.problems = problems
    }

    var isWhole: Bool { problems.isEmpty }

    /// The problems in words; `nil` when there are none.
    var problem: String? {
        guard !isWhole else { return nil }
        return Route.allCases.compactMap { route in
            problems[route].map { "\(route.rawValue): \($0)" }
        }.joined(separator: ", ")
    }

    /// Bytes that it holds, roughly.
    var weight: Int {
        500 + json.count + (profile.name?.utf8.count ?? 0) + (profile.pseudonym?.utf8.count ?? 0)
            + problems.values.reduce(0) { $0 + 50 + $1.utf8.count }
    }

    /// With what an earlier look brought and this one did not.
    func completed(by earlier: WalletFinding) -> WalletFinding {
        guard !isWhole else { return self }
        let whole = profile.completed(by: earlier.profile)
        // The profit is that of open and closed positions, read in one look.
        let needed: Set<Route> = whole.totalProfit == nil ? [.dataPositions, .dataClosedPositions] : []
        return WalletFinding(
            whole,
            problems: problems.filter { earlier.problems[$0.key] != nil || needed.contains($0.key) })
    }
}
