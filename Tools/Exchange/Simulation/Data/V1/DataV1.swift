import PMJSON
import WebSockets

/// Version 1 of the Data API: bare arrays, camelCase, offsets.
struct DataV1 {
    let state: DataState

    func answer(_ path: [Substring], _ query: Query) -> Response {
        switch path.joined(separator: "/") {
        case "trades": TradesV1Route(state: state).answer(query)
        case "activity": ActivityV1Route(state: state).answer(query)
        case "positions": PositionsV1Route(state: state).open(query)
        case "closed-positions": PositionsV1Route(state: state).closed(query)
        case "value": value(query)
        case "traded": traded(query)
        case "holders": holders(query)
        case "v1/leaderboard": leaderboard(query)
        default: Response(status: 404, error: "not found")
        }
    }

    static let missingUser = Response(status: 400, error: "required query param 'user' not provided")

    private func value(_ query: Query) -> Response {
        guard let user = query["user"] else { return Self.missingUser }
        let value = state.wallet(user).map { state.history(of: $0).marketValue } ?? 0
        return Response(
            json: json(array: [value]) {
                $0.field("user", user.lowercased())
                $0.field("value", dollars: $1)
            })
    }

    private func traded(_ query: Query) -> Response {
        guard let user = query["user"] else { return Self.missingUser }
        let markets = state.wallet(user).map { state.ledger(of: $0).marketCount }
        return Response(
            json: json {
                $0.field("user", user.lowercased())
                $0.field("traded", markets ?? 0)
            })
    }

    private func holders(_ query: Query) -> Response {
        let markets = query.all("market").compactMap { state.world.index(ofCondition: $0) }
        guard !markets.isEmpty else {
            return Response(status: 400, error: "required query param 'market' not provided")
        }
        let limit = query.limit(default: 20, most: 20)
        let tokens = markets.flatMap { market in (0...1).map { (market, $0) } }
        return Response(
            json: json(array: tokens) { row, token in
                let holdings = state.store.holdings(in: token.0, of: state.world).filter {
                    $0.position.outcome == token.1 && $0.position.currentSize >= 1
                }.sorted { $0.position.currentSize > $1.position.currentSize }
                let asset = state.world.markets[token.0].assets[token.1]
                row.field("token", asset)
                row.key("holders")
                row.array { array in
                    for holding in holdings.prefix(limit) {
                        array.object {
                            $0.field("proxyWallet", holding.wallet.address)
                            $0.field("bio", "")
                            $0.field("asset", asset)
                            $0.field("pseudonym", holding.wallet.pseudonym)
                            $0.field("amount", dollars: holding.position.currentSize)
                            $0.field("displayUsernamePublic", true)
                            $0.field("outcomeIndex", token.1)
                            $0.field("name", holding.wallet.name)
                        }
                    }
                }
            })
    }

    private func leaderboard(_ query: Query) -> Response {
        let name = query["timePeriod"] ?? "DAY"
        guard let period = Leaderboard.Period(rawValue: name.lowercased()), name == name.uppercased() else {
            return Response(status: 400, error: "invalid timePeriod")
        }
        var places = state.store.leaderboard(period, in: state.world).places
        if query["orderBy"]?.uppercased() == "VOL" { places.sort { $0.volumeDollars > $1.volumeDollars } }
        var ranked = Array(zip(1..., places))
        if let user = query["user"] {
            ranked.removeAll { state.world.population.wallets[$0.1.wallet].address != user.lowercased() }
        }
        guard (0...1_000).contains(query.int("offset") ?? 0) else {
            return Response(status: 400, error: "offset exceeds 1000")
        }
        let page = ranked.dropFirst(query.int("offset") ?? 0).prefix(query.limit(default: 25, most: 50))
        return Response(
            json: json(array: page) { PositionV1Rows(world: state.world).write($1.1, rank: $1.0, to: &$0) })
    }
}
