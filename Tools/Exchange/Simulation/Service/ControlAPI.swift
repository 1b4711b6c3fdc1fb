import PMJSON
import PMRecord
import WebSockets

/// The controls of the simulator, under `/control`, for tests and demonstrations.
struct ControlAPI {
    let service: ExchangeService

    func answer(_ path: [Substring], _ request: Request) -> Response {
        let query = Query(parameters: request.parameters)
        do {
            switch (request.method, path.first) {
            case ("GET", "truth"): return truth(query)
            case ("GET", "stats"): return Response(json: json { writeStatistics(to: &$0) })
            case ("GET", "wallets"): return wallets(query)
            case ("GET", "markets"): return markets()
            case ("GET", "hooks"): return hooks(path.dropFirst().first.map(String.init))
            case ("GET", "faults"): return faults()
            case ("POST", "faults"):
                service.setFaults(try Scenario.faults(parsed(request)), keeping: query.flag("add") ?? false)
            case ("DELETE", "faults"): service.setFaults([], keeping: false)
            case ("POST", "hooks"):
                guard let name = path.dropFirst().first else {
                    throw ScenarioError("the name of a receiver is missing")
                }
                service.receivers.script(String(name), try WebhookAnswer.script(parsed(request)))
            case ("DELETE", "hooks"): service.receivers.forget(path.dropFirst().joined(separator: "/"))
            case ("POST", "pause"): service.pause()
            case ("POST", "resume"): service.resume()
            case ("POST", "finish"): service.schedule.finish()
            case ("POST", "burst"):
                service.make(min(max(query.int("n") ?? 1, 0), 1_000_000))
            case ("POST", "trade"): return try trade(parsed(request))
            case ("POST", "settings"): try adjust(parsed(request))
            default: return Response(status: 404, error: "not found")
            }
            return Response(json: json { writeStatistics(to: &$0) })
        } catch {
            return Response(status: 400, error: "\(error)")
        }
    }

    private func parsed(_ request: Request) throws -> JSON {
        guard let json = try? JSON(request.body) else { throw ScenarioError("the body is not JSON") }
        return json
    }

    /// All trades, one a line, oldest first.
    private func truth(_ query: Query) -> Response {
        let all =
            query.flag("visible") == true
            ? service.world.truth[..<service.visible.least] : service.world.truth[...]
        let rows = all.dropFirst(query.int("since") ?? 0).prefix(query.int("limit") ?? .max)
        let (rowWriter, isDetailed) = (TradeRows(service.world), query.flag("details") == true)
        var body: [UInt8] = []
        // Ghosts were on the feeds and never happened: only a request for details gets them.
        for fill in rows where isDetailed || !fill.quirks.contains(.ghost) {
            body += isDetailed ? json { rowWriter.writeTruth(fill, to: &$0) } : rowWriter.dataRow(fill)
            body.append(UInt8(ascii: "\n"))
        }
        return Response(headers: [("Content-Type", "application/x-ndjson")], body: body)
    }

    private func writeStatistics(to row: inout JSONWriter) {
        row.field("uptime_ms", service.now.inMilliseconds)
        row.field("running", service.schedule.isRunning)
        row.field("finished", service.isFinished)
        row.field("trades", service.world.truth.count)
        row.field("told", service.sent)
        row.field("visible", service.visible.least)
        service.statistics.write(to: &row)
    }

    /// The figures that a correct profile of each wallet has.
    private func wallets(_ query: Query) -> Response {
        let population = service.world.population
        let chosen =
            query["character"].flatMap(Archetype.init).map { population.wallets(like: $0) }
            ?? population.wallets
        return Response(
            json: json(array: chosen.prefix(query.int("limit") ?? 1_000)) { row, wallet in
                let state = DataState(
                    world: service.world, now: .now(), visible: service.visible,
                    options: service.scenario.data, store: service.store)
                let ledger = state.ledger(of: wallet)
                let history = ledger.history
                row.field("address", wallet.address)
                row.field("character", wallet.archetype.rawValue)
                row.field("name", wallet.name)
                row.field("created", wallet.created.description)
                row.field("profit", dollars: history.profit)
                row.field("full_profit", dollars: history.fullProfit)
                row.field("positions", history.open.count + history.closed.count)
                row.field("open", history.open.count)
                row.field("closed", history.closed.count)
                row.field("winners", history.winners)
                row.field("decided", history.decided.count)
                row.field("decided_winners", history.decided.count(where: \.isWin))
                row.field("full_decided", history.allDecided.count)
                row.field("full_decided_winners", history.allDecided.count(where: \.isWin))
                row.field("combos", history.combos.count)
                row.field("combo_profit", micros: history.combos.reduce(0) { $0 + $1.result })
                row.field("trades", history.trades.count)
                row.field("fills", ledger.history.trades.count + ledger.recent.count)
                row.field("markets_traded", ledger.marketCount)
                row.field("value", dollars: history.value)
                row.field("market_value", dollars: history.marketValue)
            })
    }

    private func markets() -> Response {
        let live = Set(service.world.live)
        return Response(
            json: json(array: service.world.markets.enumerated()) { row, element in
                let (index, market) = element
                row.field("condition_id", market.conditionID)
                row.field("module", market.module.rawValue)
                row.field("listed", market.isListed)
                row.field("event_id", String(market.event.id))
                row.field("slug", market.slug)
                row.field("event_slug", market.event.slug)
                row.field("title", market.title)
                row.field("assets", texts: market.assets)
                row.field("outcomes", texts: market.outcomes)
                row.field("live", live.contains(index))
            })
    }

    private func hooks(_ name: String?) -> Response {
        let deliveries = service.receivers.deliveries
        guard let name else {
            return Response(
                json: json { row in
                    for (name, list) in deliveries.sorted(by: { $0.key < $1.key }) {
                        row.field(name, list.count)
                    }
                })
        }
        return Response(
            json: json(array: deliveries[name] ?? []) { row, delivery in
                row.field("at", delivery.time.description)
                row.field("method", delivery.method)
                row.field("path", delivery.path)
                if let status = delivery.status { row.field("status", status) }
                if let wait = delivery.wait { row.field("wait_ms", wait.inMilliseconds) }
                row.key("headers")
                row.object { object in
                    for (name, value) in delivery.headers.sorted(by: { $0.key < $1.key }) {
                        object.field(name, value)
                    }
                }
                row.field("body", String(decoding: delivery.body, as: UTF8.self))
            })
    }

    private func faults() -> Response {
        Response(
            json: json(array: service.plan.entries) { row, entry in
                row.field("on", entry.fault.targets.joined(separator: ","))
                row.field("befallen", entry.fired)
            })
    }

    private func adjust(_ json: JSON) throws {
        try service.adjust(
            MemberReader(json, of: "the settings", known: ["rate", "rest_lag_ms", "v1", "v2"]))
    }

    /// Makes one trade, and answers with its rows.
    private func trade(_ json: JSON) throws -> Response {
        let fills = service.make(try Order(json))
        let rowWriter = TradeRows(service.world)
        return Response(json: Exchange.json(array: fills) { rowWriter.writeTruth($1, to: &$0) })
    }
}

extension Order {
    /// Reads a row of the Data API, or any part of it.
    init(_ json: JSON) throws(ScenarioError) {
        let reader = try MemberReader(
            json, of: "a trade",
            known: [
                "asset", "market", "conditionId", "slug", "title", "outcomeIndex", "outcome", "side", "price",
                "size",
                "proxyWallet", "wallet", "character", "module", "transactionHash", "makers",
            ])
        self.init()
        asset = reader.optionalText("asset")
        market =
            reader.optionalText("conditionId") ?? reader.optionalText("market") ?? reader.optionalText("slug")
        title = reader.optionalText("title")
        outcome = try reader.int("outcomeIndex")
        if let outcome, !(0...1).contains(outcome) { throw ScenarioError("outcomeIndex is 0 or 1") }
        if let text = reader.optionalText("side") {
            guard let side = Side(rawValue: text.uppercased()) else {
                throw ScenarioError("side is BUY or SELL")
            }
            self.side = side
        }
        price = try Self.digits("price", reader)
        size = try Self.digits("size", reader)
        wallet = reader.optionalText("proxyWallet") ?? reader.optionalText("wallet")
        if let name = reader.optionalText("character") {
            guard let archetype = Archetype(rawValue: name) else {
                throw ScenarioError("no such character: \(name)")
            }
            self.archetype = archetype
        }
        if let name = reader.optionalText("module") {
            guard let module = TokenModule(rawValue: name) else {
                throw ScenarioError("no such module: \(name)")
            }
            self.module = module
        }
        transaction = reader.optionalText("transactionHash")
        if json["makers"]?.numberText != nil {
            guard let makers = try reader.int("makers"), 1...29 ~= makers else {
                throw ScenarioError("makers is true, false or a number from 1 to 29")
            }
            mintMakers = makers
        }
        withMakers = mintMakers != nil || json["makers"]?.bool ?? false
    }

    private static func digits(_ name: String, _ reader: MemberReader) throws(ScenarioError) -> String? {
        guard let text = reader[name]?.numberText else { return nil }
        guard let number = Double(text), number > 0, number < 1e9 else {
            throw ScenarioError("\(name) is above 0")
        }
        return text
    }
}
