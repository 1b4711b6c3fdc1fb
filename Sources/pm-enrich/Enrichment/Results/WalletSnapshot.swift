import PolymarketAPI

/// The result of a wallet's look-up.
package struct WalletSnapshot: Sendable {
    package let profile: WalletProfile
    /// The profile as JSON, written once for all the trades that contain it.
    package let json: [UInt8]
    /// The problems of the routes that did not answer.
    package let problems: [Route: String]

    init(_ profile: WalletProfile, problems: [Route: String]) {
        self.profile = profile
        json = profile.json
        self.problems = problems
    }

    var isComplete: Bool { problems.isEmpty }

    /// The problems as one text; `nil` when there are none.
    var problem: String? {
        guard !isComplete else { return nil }
        return Route.allCases.compactMap { route in
            problems[route].map { "\(route.rawValue): \($0)" }
        }.joined(separator: ", ")
    }

    /// The approximate memory, in bytes.
    var weight: Int {
        500 + json.count + (profile.name?.utf8.count ?? 0) + (profile.pseudonym?.utf8.count ?? 0)
            + problems.values.reduce(0) { $0 + 50 + $1.utf8.count }
    }

    /// Returns this snapshot with the missing fields filled from an earlier one.
    func completed(by earlier: WalletSnapshot) -> WalletSnapshot {
        guard !isComplete else { return self }
        let profile = profile.completed(by: earlier.profile)
        // The profit needs the open and the closed positions of the same look-up.
        let needed: Set<Route> = profile.totalProfit == nil ? [.dataPositions, .dataClosedPositions] : []
        return WalletSnapshot(
            profile,
            problems: problems.filter { earlier.problems[$0.key] != nil || needed.contains($0.key) })
    }
}
