import PMJSON
import PMRecord

/// The parts of a trade's `signals` that rules and messages use; all absent without `pm-enrich --signals`.
struct AlertSignals: Sendable {
    /// From 0 to 100.
    let score: Int?
    /// Reasons for which the trade is hardly news, such as `MARKET_MAKER`.
    let noise: [String]
    /// The effect of the trade on the position, such as `closing`.
    let position: String?
    /// Net purchases in dollars, and the time in which they were made.
    let accumulated: Decimal?
    let window: String?

    init(_ json: JSON?) {
        func member(_ key: JSONKey, of object: JSON?) -> JSON? { object?[key.name.description] }
        let accumulation = member(Key.accumulation, of: json)
        score = member(Key.score, of: json)?.integer
        noise = (member(Key.noise, of: json)?.array ?? []).prefix(20).compactMap {
            $0.string.map { plain($0, atMost: 40) }
        }
        position = member(Key.position, of: json)?.nonEmptyString.map { plain($0, atMost: 20) }
        accumulated = member(Key.value, of: accumulation)?.numberText.flatMap { Decimal($0) }
        window = member(Key.window, of: accumulation)?.nonEmptyString.map { plain($0, atMost: 20) }
    }
}
