/// `GET /v2/oi`: the open interest of some markets, or of all.
struct OpenInterestRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let conditions = try query.conditions()
        let markets = state.world.markets
        guard !conditions.isEmpty else {
            let sum = markets.reduce(0) { $0 + interest(in: $1) }
            return Envelope.list([sum]) {
                $0.field("condition_id", "GLOBAL")
                $0.field("value", dollars: $1)
            }
        }
        return Envelope.list(conditions.compactMap { state.world.index(ofCondition: $0) }) {
            $0.field("condition_id", markets[$1].conditionID)
            $0.field("value", dollars: interest(in: markets[$1]))
        }
    }

    private func interest(in market: Market) -> Double { market.isClosed ? 0 : market.volume / 5 }
}
