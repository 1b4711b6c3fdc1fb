import PolymarketAPI

/// The result of a wallet's look-up.
package struct WalletSnapshot: Sendable {
    package let profile: WalletProfile
    /// The profile as JSON, written once for all the trades that contain it.
    package let json: [UInt8]
    /// The problems of the parts that could not be read.
    let problems: [ProfilePart: ProfileProblem]

    init(_ profile: WalletProfile, problems: [ProfilePart: ProfileProblem]) {
        self.profile = profile
        json = profile.json
        self.problems = problems
    }

    var isComplete: Bool { problems.isEmpty }

    /// The problems as one text, each once; `nil` when there are none.
    var problem: String? {
        guard !isComplete else { return nil }
        var texts: [String] = []
        for part in ProfilePart.allCases {
            if let text = problems[part]?.text, !texts.contains(text) { texts.append(text) }
        }
        return texts.joined(separator: ", ")
    }

    /// The approximate memory, in bytes.
    var weight: Int {
        500 + json.count + (profile.name?.utf8.count ?? 0) + (profile.pseudonym?.utf8.count ?? 0)
            + problems.values.reduce(0) { $0 + 50 + $1.text.utf8.count }
    }

    /// Returns this snapshot with the missing fields filled from an earlier one.
    func completed(by earlier: WalletSnapshot) -> WalletSnapshot {
        guard !isComplete else { return self }
        let profile = profile.completed(by: earlier.profile)
        // The profit needs the open and the closed positions of the same look-up.
        let needed: Set<ProfilePart> = profile.totalProfit == nil ? [.open, .closed] : []
        return WalletSnapshot(
            profile,
            problems: problems.filter { earlier.problems[$0.key] != nil || needed.contains($0.key) })
    }
}
