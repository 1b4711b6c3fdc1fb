import PMJSON
import PMRecord
import WebSockets

/// What a test or a demonstration asks of the simulator itself, under `/control`.
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
                guard let name = path.dropFirst().first else { throw ScenarioError("which receiver?") }
                service.hooks.script(String(name), try HookStep.script(parsed(request)))
            case ("DELETE", "hooks"): service.hooks.forget(path.dropFirst().joined(separator: "/"))
            case ("POST", "pause"): service.pause()
            case ("POST", "resume"): service.resume()
            case ("POST", "finish"): service.pace.finish()
            case ("POST", "burst"):
                service.make(min(max(query.whole("n") ?? 1, 0), 1_000_000))
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

    /// The trades there were, one a line, oldest first.
    private func truth(_ query: Query) -> Response {
        let all =
            query.flag("visible") == true ? service.world.truth[..<service.visible] : service.world.truth[...]
        let rows = all.dropFirst(query.whole("since") ?? 0).prefix(query.whole("limit") ?? .max)
        let (shapes, isDetailed) = (TradeShapes(service.world), query.flag("details") == true)
        var body: [UInt8] = []
        // Ghosts were told by the feeds and never happened: only whoever asks for details hears of them.
        for fill in rows where isDetailed || !fill.oddities.contains(.ghost) {
            body += isDetailed ? json { shapes.writeTruth(fill, to: &$0) } : shapes.dataRow(fill)
            body.append(UInt8(ascii: "\n"))
        }
        return Response(headers: [("Content-Type", "application/x-ndjson")], body: body)
    }

    private func writeStatistics(to row: inout JSONWriter) {
        row.feed("uptime_ms", service.now.inMilliseconds)
        row.feed("running", service.pace.isRunning)
        row.feed("finished", service.isFinished)
        row.feed("trades", service.world.truth.count)
        row.feed("told", service.told)
        row.feed("visible", service.visible)
        service.statistics.write(to: &row)
    }

    /// What a profile of each wallet should say.
    private func wallets(_ query: Query) -> Response {
        let population = service.world.population
        let chosen =
            query["character"].flatMap(Character.init).map { population.wallets(like: $0) }
            ?? population.wallets
        return Response(
            json: json(array: chosen.prefix(query.whole("limit") ?? 1_000)) { row, wallet in
                let history = service.desk.history(of: wallet)
                row.feed("address", wallet.address)
                row.feed("character", wallet.character.rawValue)
                row.feed("name", wallet.name)
                row.feed("created", wallet.created.description)
                row.feed("profit", dollars: history.profit)
                row.feed("positions", history.open.count + history.closed.count)
                row.feed("open", history.open.count)
                row.feed("closed", history.closed.count)
                row.feed("winners", history.winners)
                row.feed("trades", history.trades.count)
                row.feed("value", dollars: history.value)
            })
    }

    private func markets() -> Response {
        let live = Set(service.world.live)
        return Response(
            json: json(array: service.world.markets.enumerated()) { row, element in
                let (place, market) = element
                row.feed("condition_id", market.conditionID)
                row.feed("slug", market.slug)
                row.feed("event_slug", market.event.slug)
                row.feed("title", market.title)
                row.feed("assets", texts: market.assets)
                row.feed("outcomes", texts: market.outcomes)
                row.feed("live", live.contains(place))
            })
    }

    private func hooks(_ name: String?) -> Response {
        let deliveries = service.hooks.deliveries
        guard let name else {
            return Response(
                json: json { row in
                    for (name, list) in deliveries.sorted(by: { $0.key < $1.key }) {
                        row.feed(name, list.count)
                    }
                })
        }
        return Response(
            json: json(array: deliveries[name] ?? []) { row, delivery in
                row.feed("at", delivery.time.description)
                row.feed("method", delivery.method)
                row.feed("path", delivery.path)
                if let status = delivery.status { row.feed("status", status) }
                if let wait = delivery.wait { row.feed("wait_ms", wait.inMilliseconds) }
                row.key("headers")
                row.object { object in
                    for (name, value) in delivery.headers.sorted(by: { $0.key < $1.key }) {
                        object.feed(name, value)
                    }
                }
                row.feed("body", String(decoding: delivery.body, as: UTF8.self))
            })
    }

    private func faults() -> Response {
        Response(
            json: json(array: service.plan.entries) { row, entry in
                row.feed("on", entry.fault.target)
                row.feed("befallen", entry.befallen)
            })
    }

    private func adjust(_ json: JSON) throws {
        let reader = try MemberReader(json, of: "the settings", known: ["rate", "rest_lag_ms"])
        try service.adjust(rate: reader.real("rate"), restLag: reader.period("rest_lag_ms"))
    }

    /// Answers with the rows, as the truth has them.
    private func trade(_ json: JSON) throws -> Response {
        let fills = service.make(try Order(json))
        let shapes = TradeShapes(service.world)
        return Response(json: Exchange.json(array: fills) { shapes.writeTruth($1, to: &$0) })
    }
}

extension Order {
    /// Reads a row of the Data API, or what of it somebody cares about.
    init(_ json: JSON) throws(ScenarioError) {
        let reader = try MemberReader(
            json, of: "a trade",
            known: [
                "asset", "market", "conditionId", "slug", "title", "outcomeIndex", "outcome", "side", "price",
                "size",
                "proxyWallet", "wallet", "character", "transactionHash", "makers",
            ])
        self.init()
        asset = reader.optionalText("asset")
        market =
            reader.optionalText("conditionId") ?? reader.optionalText("market") ?? reader.optionalText("slug")
        title = reader.optionalText("title")
        outcome = try reader.whole("outcomeIndex")
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
            guard let character = Character(rawValue: name) else {
                throw ScenarioError("no such character: \(name)")
            }
            self.character = character
        }
        transaction = reader.optionalText("transactionHash")
        withMakers = json["makers"]?.bool ?? false
    }

    private static func digits(_ name: String, _ reader: MemberReader) throws(ScenarioError) -> String? {
        guard let text = reader[name]?.numberText else { return nil }
        guard let number = Double(text), number > 0, number < 1e9 else {
            throw ScenarioError("\(name) is above 0")
        }
        return text
    }
}
