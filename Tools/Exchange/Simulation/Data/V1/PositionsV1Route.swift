import WebSockets

/// `GET /positions` and `GET /closed-positions`.
struct PositionsV1Route {
    let state: DataState

    func open(_ query: Query) -> Response {
        guard let user = query["user"] else { return DataV1.missingUser }
        guard (0...10_000).contains(query.int("offset") ?? 0) else {
            return Response(status: 400, error: "offset exceeds 10000")
        }
        guard let wallet = state.wallet(user) else { return Response(json: Array("[]".utf8)) }
        let least = query["sizeThreshold"].flatMap(Double.init) ?? 1
        let history = state.history(of: wallet)
        var found = (history.open + history.dust).filter { position in
            position.currentSize >= least && concerns(position, query)
                && (query.flag("redeemable").map { $0 == (position.status == .redeemable) } ?? true)
                && (!(query.flag("mergeable") ?? false) || position.isMergeable)
        }
        switch query["sortBy"] {
        case "CASHPNL": found.sort { $0.unrealized > $1.unrealized }
        case "CURRENT": found.sort { $0.currentValue > $1.currentValue }
        default: found.sort { $0.currentSize > $1.currentSize }
        }
        let page = self.page(of: found, query, default: 100, most: 500)
        let rows = PositionV1Rows(world: state.world)
        return Response(json: json(array: page) { rows.writeOpen($1, of: wallet, to: &$0) })
    }

    func closed(_ query: Query) -> Response {
        guard let user = query["user"] else { return DataV1.missingUser }
        guard (0...100_000).contains(query.int("offset") ?? 0) else {
            return Response(status: 400, error: "offset exceeds 100000")
        }
        guard let wallet = state.wallet(user) else { return Response(json: Array("[]".utf8)) }
        var found = state.history(of: wallet).closed.filter { concerns($0, query) }
        switch query["sortBy"] {
        case "TIMESTAMP": found.sort { $0.lastEvent > $1.lastEvent }
        case "AVGPRICE": found.sort { $0.averagePrice > $1.averagePrice }
        default: found.sort { $0.realized > $1.realized }
        }
        let page = self.page(of: found, query, default: 10, most: 50)
        let rows = PositionV1Rows(world: state.world)
        return Response(json: json(array: page) { rows.writeClosed($1, of: wallet, to: &$0) })
    }

    private func concerns(_ position: WalletPosition, _ query: Query) -> Bool {
        let conditions = paddedConditions(query.all("market"))
        return conditions.isEmpty || conditions.contains(state.world.markets[position.market].conditionID)
    }

    private func page<Element>(
        of found: [Element], _ query: Query, default fallback: Int, most: Int
    ) -> ArraySlice<Element> {
        let ordered = query["sortDirection"] == "ASC" ? found.reversed() : found
        return ordered.dropFirst(query.int("offset") ?? 0).prefix(
            query.limit(default: fallback, most: most))
    }
}
