import PMJSON

/// The keys of a trade's `signals`, and the mark of a trade that pm-filter passes for them alone.
extension Key {
    package static let candidate: JSONKey = "candidate"
    package static let signals: JSONKey = "signals"
    package static let score: JSONKey = "score"
    package static let parts: JSONKey = "parts"
    package static let position: JSONKey = "position"
    package static let noise: JSONKey = "noise"
    package static let skill: JSONKey = "skill"
    package static let bets: JSONKey = "bets"
    package static let wins: JSONKey = "wins"
    package static let expectedWins: JSONKey = "expected_wins"
    package static let sweep: JSONKey = "sweep"
    package static let worstPrice: JSONKey = "worst_price"
    package static let accumulation: JSONKey = "accumulation"
    package static let window: JSONKey = "window"
    package static let related: JSONKey = "related"
    package static let wallets: JSONKey = "wallets"
}
