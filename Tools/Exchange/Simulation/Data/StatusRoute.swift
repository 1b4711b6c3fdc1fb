import PMJSON
import PMRecord

/// `GET /v2/status`: how far the API lags behind the chain.
///
/// The answer lists the parts of the service under `mechanisms`; `activity_feed` is the part that serves trades.
struct StatusRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let world = state.world
        guard world.start.duration(to: state.now) >= state.options.statusAfter else {
            throw DataError(.dependencyUnavailable, "no measurement yet")
        }
        let count = min(state.visible.byUser, state.visible.byCondition)
        let hidden = count < world.truth.count ? world.truth[count].block.time.duration(to: state.now) : .zero
        let age = max(hidden.inMilliseconds, 0) / 1_000
        let period = world.options.blockPeriod
        let head = Block(at: state.now, period: period).number - 1
        let behind = Int(age * 1_000 / max(period.inMilliseconds, 1))
        return Envelope.value { row in
            row.field("computed_at", secondsText(state.now))
            row.field("age_seconds", 1)
            row.key("serving")
            row.object {
                $0.field("lag_seconds", age)
                $0.field("worst", "activity_feed")
                $0.key("mechanisms")
                $0.raw(
                    json(array: [("activity_feed", age, nil), ("custody_balances", 0, 833), ("pnl", 1, 1)]) {
                        (mechanism: inout JSONWriter, element: (String, Int64, Int?)) in
                        mechanism.field("name", element.0)
                        mechanism.field("age_seconds", element.1)
                        if let blocks = element.2 { mechanism.field("blocks_behind", blocks) }
                    })
            }
            row.key("ingestion")
            row.object {
                $0.field("cursors", 148)
                $0.field("network", "polygon")
                $0.field("chain_id", 137)
                $0.field("max_synced_block", head)
                $0.field("min_synced_block", head - behind)
                $0.key("most_lagged")
                $0.object {
                    $0.field("source", "auto_redeem_binary_redemption")
                    $0.field("block", head - behind)
                    $0.field("behind_max", behind)
                }
                $0.field("lagging", texts: [])
            }
        }
    }
}
