import PMJSON
import PMRecord
import WebSockets

/// Gamma: markets, events and profiles.
struct GammaAPI {
    let world: World
    let now: Timestamp
    /// How long a new market stays unknown here.
    let metadataLag: Duration

    func answer(_ path: [Substring], _ query: Query) -> Response {
        switch path.first {
        case "markets": markets(path.dropFirst(), query)
        case "events": events(path.dropFirst(), query)
        case "public-profile": profile(query)
        default: Response(status: 404, error: "not found")
        }
    }

    private func markets(_ path: ArraySlice<Substring>, _ query: Query) -> Response {
        switch (path.first, path.dropFirst().first) {
        case (nil, _):
            return Response(json: list(page(of: matching(query), query)))
        case ("keyset", _):
            return keyset("markets", matching(query), query) {
                GammaShapes(world: world).writeMarket($1, to: &$0)
            }
        case ("slug", let slug?):
            return one(world.place(ofSlug: String(slug)))
        case (let id?, _):
            return one(world.markets.firstIndex { $0.id == Int(id) })
        }
    }

    private func events(_ path: ArraySlice<Substring>, _ query: Query) -> Response {
        let ids = query.all("id").compactMap { Int($0) }
        let slugs = query.all("slug")
        var order: [Int] = []
        var grouped: [Int: [Market]] = [:]
        let isExplicit = !ids.isEmpty || !slugs.isEmpty
        for market in world.markets where isKnown(market) {
            let event = market.event
            guard ids.isEmpty || ids.contains(event.id), slugs.isEmpty || slugs.contains(event.slug),
                hasTag(market, query), isExplicit || market.isClosed == (query.flag("closed") ?? false)
            else { continue }
            if grouped[event.id] == nil { order.append(event.id) }
            grouped[event.id, default: []].append(market)
        }
        let found = order.map { grouped[$0]! }
        let write = { (row: inout JSONWriter, markets: [Market]) in
            GammaShapes(world: world).writeEvent(markets[0].event, markets: markets, to: &row)
        }
        if path.first == "keyset" { return keyset("events", found, query, write) }
        return Response(json: json(array: slice(found, query), write))
    }

    private func profile(_ query: Query) -> Response {
        guard let wallet = query["address"].flatMap({ world.population[$0] }) else {
            return Response(
                json: json {
                    $0.feed("type", "not found error")
                    $0.feed("error", "profile not found")
                }, status: 404)
        }
        return Response(json: GammaShapes(world: world).profile(of: wallet))
    }

    private func matching(_ query: Query) -> [Market] {
        let (ids, slugs) = (query.all("id").compactMap { Int($0) }, Set(query.all("slug")))
        let assets = Set(query.all("clob_token_ids"))
        let conditions = Set(query.all("condition_ids").map { $0.lowercased() })
        let closed = query.flag("closed") ?? false
        let found = world.markets.filter { market in
            isKnown(market) && market.isClosed == closed && (ids.isEmpty || ids.contains(market.id))
                && (slugs.isEmpty || slugs.contains(market.slug))
                && (assets.isEmpty || market.assets.contains { assets.contains($0) })
                && (conditions.isEmpty || conditions.contains(market.conditionID)) && hasTag(market, query)
        }
        let isAscending = query.flag("ascending") ?? (query["order"] == nil)
        let sorted: [Market] =
            switch query["order"] {
            case "volume24hr", "volume_24hr", "volume24hrClob": found.sorted { $0.volume24h < $1.volume24h }
            case "volume", "volumeNum", "liquidity", "liquidityNum": found.sorted { $0.volume < $1.volume }
            case "endDate", "end_date": found.sorted { $0.end < $1.end }
            case "startDate", "createdAt": found.sorted { $0.created < $1.created }
            default: found
            }
        return isAscending ? sorted : sorted.reversed()
    }

    private func isKnown(_ market: Market) -> Bool {
        guard market.event.series != nil else { return true }
        let opened = market.end.advanced(by: .zero - world.options.cryptoWindow)
        return now >= opened.advanced(by: metadataLag)
    }

    private func hasTag(_ market: Market, _ query: Query) -> Bool {
        let tags = market.event.category.tags
        return (query["tag_id"].map { id in tags.contains { String($0.id) == id } } ?? true)
            && (query["tag_slug"].map { slug in tags.contains { $0.slug == slug } } ?? true)
    }

    private func slice<Element>(_ found: [Element], _ query: Query) -> ArraySlice<Element> {
        found.dropFirst(max(query.whole("offset") ?? 0, 0)).prefix(query.limit(default: 20, most: 500))
    }

    private func page(of found: [Market], _ query: Query) -> ArraySlice<Market> { slice(found, query) }

    private func list(_ markets: ArraySlice<Market>) -> [UInt8] {
        json(array: markets) { GammaShapes(world: world).writeMarket($1, to: &$0) }
    }

    private func one(_ place: Int?) -> Response {
        guard let place, isKnown(world.markets[place]) else {
            return Response(status: 404, error: "not found")
        }
        return Response(json: json { GammaShapes(world: world).writeMarket(world.markets[place], to: &$0) })
    }

    /// Pages by cursor, which is the place to go on from.
    private func keyset<Element>(
        _ name: String, _ found: [Element], _ query: Query, _ write: (inout JSONWriter, Element) -> Void
    ) -> Response {
        guard query["offset"] == nil else {
            return Response(status: 422, error: "offset is not supported, use after_cursor")
        }
        let start = query["after_cursor"].flatMap { Int($0.drop { !$0.isNumber }) } ?? 0
        let page = found.dropFirst(start).prefix(query.limit(default: 20, most: 100))
        return Response(
            json: json {
                $0.key(name)
                $0.raw(json(array: page, write))
                if page.endIndex < found.count { $0.feed("next_cursor", "c\(page.endIndex)") }
            })
    }
}
