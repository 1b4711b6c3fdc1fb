import PMJSON
import WebSockets

/// `GET /activity`.
struct ActivityV1Route {
    let state: DataState

    func answer(_ query: Query) -> Response {
        guard let user = query["user"] else { return DataV1.missingUser }
        guard (0...5_000).contains(query.int("offset") ?? 0) else {
            return Response(status: 400, error: "offset exceeds 5000")
        }
        guard let wallet = state.wallet(user) else { return Response(json: Array("[]".utf8)) }
        let types = Set(query.all("type"))
        var rows: [(time: Int64, write: (inout JSONWriter) -> Void)] = []
        if types.isEmpty || types.contains("TRADE") {
            var search = TradeSearch(user: user, conditions: paddedConditions(query.all("market")))
            (search.takerOnly, search.side) = (false, query["side"]?.uppercased())
            search.start = query.int("start").map(Int64.init)
            search.end = query.int("end").map(Int64.init)
            rows = search.rows(in: state, most: 10_000).map { fill in
                (fill.block.seconds, { write(fill, to: &$0) })
            }
        }
        let hidesTransfers = query.flag("excludeDepositsWithdrawals") ?? true
        for event in state.history(of: wallet).events {
            let time = event.time.milliseconds / 1_000
            guard types.isEmpty ? event.type != .tip : types.contains(event.type.rawValue),
                query["side"] == nil, !(hidesTransfers && event.type.isTransfer),
                query.int("start").map({ time >= $0 }) ?? true, query.int("end").map({ time <= $0 }) ?? true
            else { continue }
            rows.append((time, { write(event, of: wallet, to: &$0) }))
        }
        rows.sort { $0.time > $1.time }
        let page = rows.dropFirst(query.int("offset") ?? 0).prefix(query.limit(default: 100, most: 500))
        return Response(json: json(array: page) { $1.write(&$0) })
    }

    private func write(_ fill: Fill, to row: inout JSONWriter) {
        let world = state.world
        let (market, wallet) = (world.markets[fill.market], world.population.wallets[fill.wallet])
        row.field("proxyWallet", wallet.address)
        row.field("timestamp", fill.block.seconds)
        row.field("conditionId", world.rowConditionID(of: market))
        row.field("type", "TRADE")
        row.field("size", digits: fill.size)
        row.field("usdcSize", digits: decimalText(exact: fill.dollarsWithFee))
        row.field("transactionHash", fill.transaction)
        row.field("price", digits: fill.price)
        row.field("asset", market.assets[fill.outcome])
        row.field("side", fill.side.rawValue)
        row.field("outcomeIndex", fill.outcome)
        writeTitles(of: market, outcome: market.outcomes[fill.outcome], wallet, to: &row)
    }

    private func write(_ event: ActivityEvent, of wallet: Wallet, to row: inout JSONWriter) {
        let market = event.market.map { state.world.markets[$0] }
        row.field("proxyWallet", wallet.address)
        row.field("timestamp", event.time.milliseconds / 1_000)
        row.field("conditionId", market.map { state.world.rowConditionID(of: $0) } ?? "")
        row.field("type", event.type.rawValue)
        row.field("size", dollars: event.dollars)
        row.field("usdcSize", dollars: event.dollars)
        row.field("transactionHash", event.transaction)
        row.field("price", 0)
        row.field("asset", "")
        row.field("side", "")
        row.field("outcomeIndex", 999)
        writeTitles(of: market, outcome: "", wallet, to: &row)
    }

    private func writeTitles(of market: Market?, outcome: String, _ wallet: Wallet, to row: inout JSONWriter)
    {
        row.field("title", market?.title ?? "")
        row.field("slug", market?.slug ?? "")
        row.field("icon", market?.event.category.icon ?? "")
        row.field("eventSlug", market?.event.slug ?? "")
        row.field("outcome", outcome)
        row.field("name", wallet.name)
        row.field("pseudonym", wallet.pseudonym)
        row.field("bio", "")
        row.field("profileImage", "")
        row.field("profileImageOptimized", "")
    }
}
