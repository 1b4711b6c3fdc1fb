/// `GET /v2/trades`.
struct TradesRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let cursor = try query.cursor("trades")
        let limit = try query.limit(cursor)
        var search = try search(query)
        search.before = cursor?.int("sq")
        let found = search.rows(in: state, most: limit + 1)
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last.map { self.cursor(after: $0, limit) } : nil
        let rows = TradeRows(state.world)
        return Envelope.page(page, limit: limit, next: next) { rows.writeV2($1, to: &$0) }
    }

    private func search(_ query: DataQuery) throws(DataError) -> TradeSearch {
        var search = TradeSearch()
        search.user = try query.user()
        search.conditions = paddedConditions(try query.conditions())
        search.events = Set(try query.eventIDs())
        guard search.conditions.isEmpty || search.events.isEmpty else {
            throw .invalid("condition and event_id are mutually exclusive")
        }
        search.takerOnly = query.flag("taker_only", default: true)
        search.side = try query.side()
        let type = query["filter_type"]?.uppercased() ?? "TOKENS"
        guard ["CASH", "TOKENS"].contains(type) else {
            throw .invalid("filterType must be CASH or TOKENS", "filter_type")
        }
        search.isCash = type == "CASH"
        let amount = try query.number("filter_amount") ?? 0
        search.least = amount == 0 ? 0.01 : amount
        let (start, end) = (try query.int("start"), try query.int("end"))
        search.start = window(
            start, hasUser: search.user != nil, isNarrow: !search.conditions.isEmpty || !search.events.isEmpty
        )
        search.end = search.user == nil ? nil : end.map(Int64.init)
        return search
    }

    /// The first second that a request reaches: `start` counts only with a user. Without it the window is three
    /// years for a user, a condition or an event, and the current and the previous month for the whole feed.
    private func window(_ start: Int?, hasUser: Bool, isNarrow: Bool) -> Int64 {
        if hasUser, let start { return Int64(start) }
        let now = state.now.milliseconds / 1_000
        return now - (hasUser || isNarrow ? 3 * 365 : 31) * 86_400
    }

    private func cursor(after fill: Fill, _ limit: Int) -> SignedCursor {
        SignedCursor(
            "trades",
            [
                ("l", .number(limit)), ("ts", .number(Int(fill.block.seconds))),
                ("sq", .number(fill.number)), ("d", .number(2)),
            ])
    }
}
