import PMJSON

/// The keys of a line of `pm-store grades --json`.
extension Key {
    package static let dimension: JSONKey = "dimension"
    package static let markets: JSONKey = "markets"
    package static let verdict: JSONKey = "verdict"
    package static let hits: JSONKey = "hits"
    package static let hitRate: JSONKey = "hit_rate"
    package static let hitRateLow: JSONKey = "hit_rate_low"
    package static let hitRateHigh: JSONKey = "hit_rate_high"
    package static let expectedRate: JSONKey = "expected_rate"
    package static let edgeLow: JSONKey = "edge_low"
    package static let edgeHigh: JSONKey = "edge_high"
    package static let edgeBeforeFee: JSONKey = "edge_before_fee"
    package static let reversedEdge: JSONKey = "reversed_edge"
    package static let designEffect: JSONKey = "design_effect"
    package static let pValue: JSONKey = "p_value"
}
