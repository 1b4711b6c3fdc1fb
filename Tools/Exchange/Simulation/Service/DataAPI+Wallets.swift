import PMJSON
import PMRecord
import WebSockets

/// What one wallet has and did.
extension DataAPI {
    func activity(_ query: Query) -> Response {
        guard let user = query["user"] else { return missingUser }
        guard (0...5_000).contains(query.whole("offset") ?? 0) else {
            return Response(status: 400, error: "offset exceeds 5000")
        }
        guard let wallet = world.population[user] else { return Response(json: Array("[]".utf8)) }
        let types = Set(query.all("type"))
        let shapes = TradeShapes(world)
        var rows: [(time: Int64, write: (inout JSONWriter) -> Void)] = []
        if types.isEmpty || types.contains("TRADE") {
            let fills = self.rows(
                Wanted(
                    query, user: user, conditions: query.all("market"), event: nil, takerOnly: false,
                    filter: ("", nil)),
                most: 10_000)
            rows = fills.map { fill in (fill.blockTime, { shapes.writeActivity(fill, to: &$0) }) }
        }
        for happening in history(wallet).happenings
        where (types.isEmpty || types.contains(happening.type)) && query["side"] == nil {
            let time = happening.time.milliseconds / 1_000
            guard query.whole("start").map({ time >= $0 }) ?? true,
                query.whole("end").map({ time <= $0 }) ?? true
            else { continue }
            rows.append((time, { shapes.writeActivity(happening, of: wallet, to: &$0) }))
        }
        rows.sort { $0.time > $1.time }
        let page = rows.dropFirst(query.whole("offset") ?? 0).prefix(query.limit(default: 100, most: 500))
        return Response(json: json(array: page) { $1.write(&$0) })
    }

    func positions(_ query: Query) -> Response {
        guard let user = query["user"] else { return missingUser }
        guard (0...10_000).contains(query.whole("offset") ?? 0) else {
            return Response(status: 400, error: "offset exceeds 10000")
        }
        guard let wallet = world.population[user] else { return Response(json: Array("[]".utf8)) }
        let least = query["sizeThreshold"].flatMap(Double.init) ?? 1
        var found = history(wallet).open.filter { position in
            position.size >= least
                && (query.flag("redeemable").map { $0 == (position.closed != nil) } ?? true)
                && (query.flag("mergeable") ?? false) == false && concerns(position, query)
        }
        switch query["sortBy"] {
        case "CASHPNL": found.sort { $0.profit > $1.profit }
        case "CURRENT": found.sort { $0.size * $0.currentPrice > $1.size * $1.currentPrice }
        default: found.sort { $0.size > $1.size }
        }
        let page = self.page(of: found, query, default: 100, most: 500)
        return Response(
            json: json(array: page) { WalletShapes(world: world).writeOpen($1, of: wallet, to: &$0) })
    }

    func closedPositions(_ query: Query) -> Response {
        guard let user = query["user"] else { return missingUser }
        guard (0...100_000).contains(query.whole("offset") ?? 0) else {
            return Response(status: 400, error: "offset exceeds 100000")
        }
        guard let wallet = world.population[user] else { return Response(json: Array("[]".utf8)) }
        var found = history(wallet).closed.filter { concerns($0, query) }
        switch query["sortBy"] {
        case "TIMESTAMP": found.sort { $0.closed! > $1.closed! }
        case "AVGPRICE": found.sort { $0.averagePrice > $1.averagePrice }
        default: found.sort { $0.profit > $1.profit }
        }
        let page = self.page(of: found, query, default: 10, most: 50)
        return Response(
            json: json(array: page) { WalletShapes(world: world).writeClosed($1, of: wallet, to: &$0) })
    }

    private func concerns(_ position: WalletHistory.Position, _ query: Query) -> Bool {
        let conditions = query.all("market")
        return conditions.isEmpty || conditions.contains(world.markets[position.market].conditionID)
    }

    private func page<Element>(
        of found: [Element], _ query: Query, default fallback: Int, most: Int
    ) -> ArraySlice<Element> {
        let ordered = query["sortDirection"] == "ASC" ? found.reversed() : found
        return ordered.dropFirst(query.whole("offset") ?? 0).prefix(
            query.limit(default: fallback, most: most))
    }

    func value(_ query: Query) -> Response {
        guard let user = query["user"] else { return missingUser }
        let worth = world.population[user].map { history($0).value } ?? 0
        return Response(
            json: json(array: [worth]) {
                $0.feed("user", user.lowercased())
                $0.feed("value", dollars: $1)
            })
    }

    func traded(_ query: Query) -> Response {
        guard let user = query["user"] else { return missingUser }
        let wallet = world.population[user]
        let markets = wallet.map { wallet in
            Set(history(wallet).trades.map(\.market))
                .union(world.truth[..<visible].lazy.filter { $0.wallet == wallet.number }.map(\.market)).count
        }
        return Response(
            json: json {
                $0.feed("user", user.lowercased())
                $0.feed("traded", markets ?? 0)
            })
    }

    private var missingUser: Response {
        Response(status: 400, error: "required query param 'user' not provided")
    }
}
