import PMJSON
import PMRecord
import WebSockets

/// The Data API: trades, activity, positions and the leaderboard.
package struct DataAPI {
    /// What a request for `/trades` may ask for.
    package struct Caps: Sendable {
        package var limit = 10_000
        package var offset = 10_000
    }

    let world: World
    let now: Timestamp
    /// Trades that the API shows yet: so many of the truth, from its beginning.
    let visible: Int
    let caps: Caps
    let history: (Wallet) -> WalletHistory
    let leaderboard: (Leaderboard.Period) -> Leaderboard

    func answer(_ path: [Substring], _ query: Query) -> Response {
        switch path.joined(separator: "/") {
        case "trades": trades(query)
        case "activity": activity(query)
        case "positions": positions(query)
        case "closed-positions": closedPositions(query)
        case "value": value(query)
        case "traded": traded(query)
        case "holders": holders(query)
        case "v1/leaderboard": places(query)
        case "v2/trades": tradesV2(query)
        case "v2/status": status()
        default: Response(status: 404, error: "not found")
        }
    }

    // MARK: Trades

    private func trades(_ query: Query) -> Response {
        let offset = query.whole("offset") ?? 0
        guard (0...caps.offset).contains(offset) else {
            return Response(
                status: 400, error: "max historical trades offset of \(caps.offset) exceeded")
        }
        guard (query["filterType"] == nil) == (query["filterAmount"] == nil) else {
            return Response(status: 400, error: "filterType and filterAmount must be provided together")
        }
        guard query["market"] == nil || query["eventId"] == nil else {
            return Response(status: 400, error: "market and eventId are mutually exclusive")
        }
        let found = rows(
            Wanted(
                query, user: query["user"], conditions: query.all("market"), event: query["eventId"],
                takerOnly: query.flag("takerOnly") ?? true,
                filter: (query["filterType"] ?? "", query["filterAmount"])),
            most: offset + query.limit(default: 100, most: caps.limit))
        let shapes = TradeShapes(world)
        return Response(json: json(array: found.dropFirst(offset)) { shapes.write($1, to: &$0) })
    }

    private func tradesV2(_ query: Query) -> Response {
        if query["offset"] != nil { return complaint("offset", "pagination is by cursor only") }
        let conditions = query.all("condition")
        guard conditions.count <= 20 else { return complaint("condition", "at most 20 conditions") }
        let cursor = query["cursor"].map { $0.split(separator: "-").compactMap { Int($0) } }
        if let cursor, cursor.count != 2 { return complaint("cursor", "malformed cursor") }
        let limit = cursor?[1] ?? min(max(query.whole("limit") ?? 100, 1), 1_000)
        var wanted = Wanted(
            query, user: query["user"], conditions: conditions, event: query["event_id"],
            takerOnly: query.flag("taker_only") ?? true,
            filter: (query["filter_type"] ?? "TOKENS", query["filter_amount"]))
        if query["user"] == nil { (wanted.start, wanted.end) = (nil, nil) }
        wanted.before = cursor?[0]
        let found = rows(wanted, most: limit + 1)
        let page = found.prefix(limit)
        let shapes = TradeShapes(world)
        return Response(
            json: json {
                $0.key("data")
                $0.raw(json(array: page) { shapes.writeV2($1, to: &$0) })
                $0.key("pagination")
                $0.object {
                    $0.feed("limit", limit)
                    $0.feed("offset", 0)
                    $0.feed("has_more", found.count > limit)
                    $0.key("next_cursor")
                    if found.count > limit, let last = page.last {
                        // History has numbers below 0: the cursor counts from where they begin.
                        $0.string("\(last.number + Self.cursorBase)-\(limit)")
                    } else {
                        $0.null()
                    }
                }
            })
    }

    private static let cursorBase = 1_000_000_000

    private struct Wanted {
        var user: String?
        var conditions: Set<String>
        var event: String?
        var takerOnly: Bool
        var side: String?
        var start: Int64?
        var end: Int64?
        var least: Double?
        var isCash: Bool
        /// Only trades with a lower number, counted from the cursor's base.
        var before: Int?

        init(
            _ query: Query, user: String?, conditions: [String], event: String?, takerOnly: Bool,
            filter: (type: String, amount: String?)
        ) {
            self.user = user
            self.conditions = Set(conditions.map { $0.lowercased() })
            self.event = event
            self.takerOnly = takerOnly
            side = query["side"]?.uppercased()
            start = query.whole("start").map(Int64.init)
            end = query.whole("end").map(Int64.init)
            least = filter.amount.flatMap(Double.init)
            isCash = filter.type.uppercased() == "CASH"
        }
    }

    /// Newest first.
    private func rows(_ wanted: Wanted, most: Int) -> [Fill] {
        let wallet = wanted.user.flatMap { world.population[$0] }
        if wanted.user != nil, wallet == nil { return [] }
        var found: [Fill] = []
        let past = wallet.map { history($0).trades } ?? []
        for fill in world.truth[..<visible].reversed() {
            if let start = wanted.start, fill.blockTime < start { break }
            if fits(fill, wanted, wallet) { found.append(fill) }
            if found.count >= most { return found }
        }
        for fill in past.reversed() where fits(fill, wanted, wallet) && found.count < most {
            found.append(fill)
        }
        return found
    }

    private func fits(_ fill: Fill, _ wanted: Wanted, _ wallet: Wallet?) -> Bool {
        !fill.oddities.contains(.ghost) && (wallet.map { fill.wallet == $0.number } ?? true)
            && (!wanted.takerOnly || fill.isTaker)
            && (wanted.before.map { fill.number + Self.cursorBase < $0 } ?? true)
            && (wanted.start.map { fill.blockTime >= $0 } ?? true)
            && (wanted.end.map { fill.blockTime <= $0 } ?? true)
            && (wanted.conditions.isEmpty
                || wanted.conditions.contains(world.markets[fill.market].conditionID))
            && (wanted.event.map { String(world.markets[fill.market].event.id) == $0 } ?? true)
            && (wanted.side.map { fill.side.rawValue == $0 } ?? true)
            && (wanted.least.map { (wanted.isCash ? fill.dollars : fill.shares) >= $0 } ?? true)
    }

    // MARK: A wallet

    private func activity(_ query: Query) -> Response {
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

    private func positions(_ query: Query) -> Response {
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

    private func closedPositions(_ query: Query) -> Response {
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

    private func value(_ query: Query) -> Response {
        guard let user = query["user"] else { return missingUser }
        let worth = world.population[user].map { history($0).value } ?? 0
        return Response(
            json: json(array: [worth]) {
                $0.feed("user", user.lowercased())
                $0.feed("value", dollars: $1)
            })
    }

    private func traded(_ query: Query) -> Response {
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

    // MARK: The rest

    private func holders(_ query: Query) -> Response {
        let markets = query.all("market").compactMap { world.place(ofCondition: $0) }.map {
            world.markets[$0]
        }
        guard !markets.isEmpty else {
            return Response(status: 400, error: "required query param 'market' not provided")
        }
        var dice = Dice(seed: world.options.seed, for: "holders \(markets[0].id)")
        let tokens = markets.flatMap { market in (0...1).map { (market.assets[$0], $0) } }
        return Response(
            json: json(array: tokens) { row, token in
                row.feed("token", token.0)
                row.key("holders")
                row.array { array in
                    for _ in 0..<query.limit(default: 20, most: 20) {
                        let wallet = dice.pick(world.population.wallets)
                        array.object {
                            $0.feed("proxyWallet", wallet.address)
                            $0.feed("bio", "")
                            $0.feed("asset", token.0)
                            $0.feed("pseudonym", wallet.pseudonym)
                            $0.feed("amount", dollars: dice.powerLaw(from: 10, exponent: 0.8))
                            $0.feed("displayUsernamePublic", true)
                            $0.feed("outcomeIndex", token.1)
                            $0.feed("name", wallet.name)
                        }
                    }
                }
            })
    }

    private func places(_ query: Query) -> Response {
        guard let period = Leaderboard.Period(rawValue: query["timePeriod"]?.uppercased() ?? "DAY") else {
            return Response(status: 400, error: "invalid timePeriod")
        }
        var places = leaderboard(period).places
        if query["orderBy"]?.uppercased() == "VOL" { places.sort { $0.volume > $1.volume } }
        var ranked = Array(zip(1..., places))
        if let user = query["user"] {
            ranked.removeAll { world.population.wallets[$0.1.wallet].address != user.lowercased() }
        }
        guard (0...1_000).contains(query.whole("offset") ?? 0) else {
            return Response(status: 400, error: "offset exceeds 1000")
        }
        let page = ranked.dropFirst(query.whole("offset") ?? 0).prefix(query.limit(default: 25, most: 50))
        return Response(
            json: json(array: page) { WalletShapes(world: world).writePlace($1.1, rank: $1.0, to: &$0) })
    }

    /// How far the API lags behind: by the trades it does not show yet.
    private func status() -> Response {
        let hidden = visible < world.truth.count ? world.truth[visible].time.duration(to: now) : .zero
        let lag = decimalText(dollars: Double(hidden.inMilliseconds) / 1_000)
        let block = (visible > 0 ? world.truth[visible - 1].blockTime : world.start.milliseconds / 1_000) / 2
        return Response(
            json: json {
                $0.feed("status", "ok")
                $0.key("serving")
                $0.object { $0.feed("lag_seconds", digits: lag) }
                $0.key("ingestion")
                $0.object {
                    $0.feed("min_synced_block", block)
                    $0.feed("lag_seconds", digits: lag)
                }
            })
    }

    private var missingUser: Response {
        Response(status: 400, error: "required query param 'user' not provided")
    }

    private func complaint(_ parameter: String, _ error: String) -> Response {
        Response(
            json: json {
                $0.feed("error", error)
                $0.feed("code", "invalid_parameter")
                $0.feed("retryable", false)
                $0.feed("trace_id", "simulated")
                $0.feed("parameter", parameter)
            }, status: 400)
    }
}
