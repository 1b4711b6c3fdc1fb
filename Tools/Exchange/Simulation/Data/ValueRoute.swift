/// `GET /v2/value`: markets at their price, combos at cost; with conditions without combos.
struct ValueRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let user = try query.requiredUser()
        let conditions = paddedConditions(try query.conditions())
        let history = state.wallet(user).map { state.history(of: $0) }
        let value =
            conditions.isEmpty
            ? history?.value
            : history.map { history in
                (history.open + history.dust).filter {
                    conditions.contains(state.world.markets[$0.market].conditionID)
                }.reduce(0) { $0 + $1.value }
            }
        return Envelope.value {
            $0.field("proxy_wallet", user)
            $0.field("value", dollars: value ?? 0)
        }
    }
}
