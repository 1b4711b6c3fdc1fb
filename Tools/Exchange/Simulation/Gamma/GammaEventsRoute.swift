import PMJSON
import WebSockets

/// `GET /events`, `/events/keyset`, `/events/{id}` and `/events/slug/{slug}`.
struct GammaEventsRoute {
    let api: GammaAPI

    func answer(_ path: ArraySlice<Substring>, _ query: Query) throws(GammaError) -> Response {
        let rows = GammaRows(world: api.world)
        let includesMarkets = query.flag("include_markets") ?? true
        let write = { (row: inout JSONWriter, markets: [Market]) in
            rows.writeEvent(markets[0].event, markets: markets, includesMarkets: includesMarkets, to: &row)
        }
        _ = try api.order(query)
        switch (path.first, path.dropFirst().first) {
        case (nil, _):
            return api.list(matching(query), query, write)
        case ("keyset", _):
            return try api.keyset("events", matching(query), query, write)
        case ("slug", let slug?):
            return try one(write) { $0.slug == slug }
        case (let id?, _):
            guard let number = Int(id) else { throw .invalid("id must be an integer") }
            return try one(write) { $0.id == number }
        }
    }

    private func one(
        _ write: (inout JSONWriter, [Market]) -> Void, _ isWanted: (Event) -> Bool
    ) throws(GammaError) -> Response {
        let markets = api.world.markets.filter { api.isKnown($0) && isWanted($0.event) }
        guard !markets.isEmpty else { throw .notFound("event not found") }
        return Response(json: json { write(&$0, markets) })
    }

    /// The events with their markets, in order of the first one.
    private func matching(_ query: Query) -> [[Market]] {
        let (ids, slugs) = (Set(query.all("id").compactMap { Int($0) }), Set(query.all("slug")))
        let isExplicit = !ids.isEmpty || !slugs.isEmpty
        let isClosed = query.flag("closed") ?? false
        var order: [Int] = []
        var grouped: [Int: [Market]] = [:]
        for market in api.world.markets where api.isKnown(market) {
            let event = market.event
            guard ids.isEmpty || ids.contains(event.id), slugs.isEmpty || slugs.contains(event.slug),
                api.hasTag(market, query), isExplicit || market.isClosed == isClosed
            else { continue }
            if grouped[event.id] == nil { order.append(event.id) }
            grouped[event.id, default: []].append(market)
        }
        return order.map { grouped[$0]! }
    }
}
