import PMJSON

/// The keys of an `outcome` and a `resolution` record that no other record has.
extension Key {
    package static let fee: JSONKey = "fee"
    package static let feeRate: JSONKey = "fee_rate"
    package static let price5m: JSONKey = "price_5m"
    package static let price1h: JSONKey = "price_1h"
    package static let price24h: JSONKey = "price_24h"
    package static let settlement: JSONKey = "settlement"
    package static let edge5m: JSONKey = "edge_5m"
    package static let edge1h: JSONKey = "edge_1h"
    package static let edge24h: JSONKey = "edge_24h"
    package static let edge: JSONKey = "edge"
    package static let resolvedAt: JSONKey = "resolved_at"
    package static let status: JSONKey = "status"
    package static let payouts: JSONKey = "payouts"
}
