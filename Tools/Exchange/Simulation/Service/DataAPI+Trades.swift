import PMJSON
import WebSockets

/// `/trades` and `/v2/trades`: newest first, all that can be asked of them.
extension DataAPI {
    func trades(_ query: Query) -> Response {
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

    func tradesV2(_ query: Query) -> Response {
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

    /// What rows are asked for.
    struct Wanted {
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
    func rows(_ wanted: Wanted, most: Int) -> [Fill] {
        let wallet = wanted.user.flatMap { world.population[$0] }
        if wanted.user != nil, wallet == nil { return [] }
        var found: [Fill] = []
        let past = wallet.map { history($0).trades } ?? []
        for fill in world.truth[..<end(of: wanted)].reversed() {
            if let start = wanted.start, fill.blockTime < start { break }
            if fits(fill, wanted, wallet) { found.append(fill) }
            if found.count >= most { return found }
        }
        for fill in past.reversed() where fits(fill, wanted, wallet) && found.count < most {
            found.append(fill)
        }
        return found
    }

    /// Where what the cursor has passed begins, for numbers grow: a long past is not walked for each page.
    private func end(of wanted: Wanted) -> Int {
        var (low, high) = (0, visible)
        guard let before = wanted.before else { return high }
        while low < high {
            let middle = (low + high) / 2
            if world.truth[middle].number + Self.cursorBase < before {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
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
