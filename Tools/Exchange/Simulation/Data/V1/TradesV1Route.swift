import WebSockets

/// `GET /trades`.
struct TradesV1Route {
    let state: DataState

    func answer(_ query: Query) -> Response {
        let offset = query.int("offset") ?? 0
        let most = state.options.tradesOffset
        guard (0...most).contains(offset) else {
            return Response(status: 400, error: "max historical trades offset of \(most) exceeded")
        }
        guard (query["filterType"] == nil) == (query["filterAmount"] == nil) else {
            return Response(status: 400, error: "filterType and filterAmount must be provided together")
        }
        guard query["market"] == nil || query["eventId"] == nil else {
            return Response(status: 400, error: "market and eventId are mutually exclusive")
        }
        var search = TradeSearch()
        search.user = query["user"]
        search.conditions = paddedConditions(query.all("market"))
        search.events = Set(query.all("eventId").compactMap { Int($0) })
        search.takerOnly = query.flag("takerOnly") ?? true
        search.side = query["side"]?.uppercased()
        search.start = query.int("start").map(Int64.init)
        search.end = query.int("end").map(Int64.init)
        search.isCash = query["filterType"]?.uppercased() == "CASH"
        search.least = query["filterAmount"].flatMap(Double.init)
        let limit = query.limit(default: 100, most: state.options.tradesLimit)
        let found = search.rows(in: state, most: offset + limit)
        let rows = TradeRows(state.world)
        return Response(json: json(array: found.dropFirst(offset)) { rows.write($1, to: &$0) })
    }
}
