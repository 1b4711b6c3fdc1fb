import PMJSON
import PMRecord
import WebSockets

/// The exchange at work: one loop, one port, both feeds, the APIs, the receivers and the controls.
///
/// Everything happens on the loop's thread; what is to happen is decided by values.
package final class ExchangeService {
    package let loop: EventLoop
    package private(set) var server: Server!

    private(set) var world: World
    private(set) var scenario: Scenario
    private(set) var statistics = Statistics()
    var pace: Pace
    var plan: FaultPlan
    var hooks = HookBook()

    private let began = ContinuousClock.now
    private var rtds: [RTDSClient] = []
    private var markets: [MarketClient] = []
    /// Rows that have been matched and not yet told by RTDS, in order.
    private var unsettled: [Fill] = []
    private var shown = 0
    private var changes = 0
    private var histories: [Int: WalletHistory] = [:]
    private var leaderboards: [Leaderboard.Period: Leaderboard] = [:]
    /// Answers by URL, for faults that play a cache on the way.
    private var cache: [String: (time: Duration, response: Response)] = [:]
    /// Requests that are never answered are kept from being answered with 500.
    private var hanging: [Responder] = []

    package init(_ scenario: Scenario, port: Int = 0) throws {
        self.scenario = scenario
        world = World(scenario.world, start: .now())
        pace = Pace(rate: scenario.rate, rows: scenario.trades, duration: scenario.duration)
        plan = FaultPlan(seed: scenario.world.seed)
        plan.set(scenario.faults, keeping: false, at: .zero)
        for (name, script) in scenario.hooks { hooks.script(name, script) }
        var options = EventLoop.Options()
        options.maxSockets = 4_096
        loop = try EventLoop(options)
        server = try loop.listen(
            Self.options(port: port), onUpgrade: { [unowned self] in admit($0) },
            onRequest: { [unowned self] in serve($0, $1) })
        if scenario.startsAtOnce, !scenario.isPaused { pace.resume(at: .zero) }
        tick()
    }

    /// Serves until `isDone` says so; asked at least every 50 ms.
    package func run(until isDone: () -> Bool) throws { try loop.run(until: isDone) }

    private static func options(port: Int) -> Server.Options {
        var options = Server.Options()
        options.port = port
        options.maxConnections = 4_000
        options.longestMessage = 8 << 20
        options.longestBody = 8 << 20
        options.bound = OutboxBound(frames: 4_000_000, bytes: 512 << 20)
        // The peer's patience is what is tested, not ours.
        options.heartbeat = Heartbeat(ping: .seconds(36_000), hangUp: .seconds(60_000))
        options.otherHeaders = [
            "webhook-id", "webhook-timestamp", "webhook-signature", "idempotency-key", "x-webhook-signature",
        ]
        return options
    }

    var now: Duration { began.duration(to: .now) }

    // MARK: The stream

    private func tick() {
        let now = self.now
        for event in world.advance(to: .now()) { announce(event) }
        while case let most = pace.due(at: now), most > 0 { pace.took(make(atMost: most)) }
        settle()
        for client in rtds { client.tick() }
        for client in markets { client.tick() }
        let pause =
            pace.isRunning && !pace.isFinished || !unsettled.isEmpty
            ? min(max(0.5 / max(pace.rate, 1), 0.002), 0.01) : 0.01
        loop.after(.milliseconds(Int64(pause * 1_000))) { [weak self] in self?.tick() }
    }

    /// Makes so many rows.
    func make(_ rows: Int) {
        var left = rows
        while left > 0 { left -= make(atMost: left) }
    }

    /// Lets one match happen, and tells of it at once.
    ///
    /// - Returns: How many rows it made.
    private func make(atMost rows: Int) -> Int {
        let match = world.match(at: .now(), limit: min(rows, 40))
        tell(match)
        return match.fills.count
    }

    func make(_ order: Order) -> [Fill] {
        let match = world.match(order, at: .now())
        tell(match)
        return match.fills
    }

    private func tell(_ match: Match) {
        let (time, shapes) = (Timestamp.now(), TradeShapes(world))
        for fill in match.takers {
            for client in rtds where client.wants("orders_matched", of: world.markets[match.market]) {
                client.deliver(
                    shapes.rtdsFrame(fill, type: "orders_matched", at: time, connection: client.connection),
                    type: "orders_matched")
            }
        }
        unsettled += match.fills
        tellMarketChannel(of: match, at: time)
    }

    /// Tells RTDS's clients of the rows whose block has been made.
    private func settle() {
        let time = Timestamp.now()
        let due = unsettled.prefix { $0.settled <= time }
        guard !due.isEmpty else { return }
        let shapes = TradeShapes(world)
        for fill in due {
            for client in rtds where client.wants("trades", of: world.markets[fill.market]) {
                client.deliver(
                    shapes.rtdsFrame(fill, type: "trades", at: time, connection: client.connection),
                    type: "trades")
            }
        }
        unsettled.removeFirst(due.count)
    }

    private func tellMarketChannel(of match: Match, at time: Timestamp) {
        let market = world.markets[match.market]
        let listeners = markets.filter { $0.wants(market) }
        guard !listeners.isEmpty else { return }
        let events = MarketEvents(world, at: time)
        var told: [(type: String, asset: String?, text: [UInt8])] = match.takers.map {
            ("last_trade_price", market.assets[$0.outcome], events.lastTradePrice($0))
        }
        for _ in 0..<scenario.noise {
            changes += 1
            let isFlat = changes.isMultiple(of: 17)
            told.append(
                (
                    "price_change", isFlat ? market.assets[0] : nil,
                    isFlat
                        ? events.flatPriceChange(market, number: changes)
                        : events.priceChange(market, isBid: changes.isMultiple(of: 2), number: changes)
                ))
        }
        for outcome in 0...1 {
            let asset = market.assets[outcome]
            if market.moves.isMultiple(of: 4) {
                told.append(("book", asset, json { events.writeBook(market, outcome: outcome, to: &$0) }))
            }
            if let change = match.tickChange {
                told.append(
                    (
                        "tick_size_change", asset,
                        events.tickSizeChange(market, outcome: outcome, from: change.old, to: change.new)
                    ))
            }
        }
        for client in listeners {
            for event in told where event.asset.map({ client.assets.contains($0) }) ?? true {
                client.deliver(event.text, type: event.type)
            }
            for outcome in 0...1
            where client.hasCustomFeatures && client.assets.contains(market.assets[outcome]) {
                client.deliver(events.bestBidAsk(market, outcome: outcome), type: "best_bid_ask")
            }
        }
    }

    private func announce(_ event: World.Event) {
        let events = MarketEvents(world, at: .now())
        let (type, text) =
            switch event {
            case .opened(let market): ("new_market", events.newMarket(world.markets[market]))
            case .resolved(let market): ("market_resolved", events.marketResolved(world.markets[market]))
            }
        for client in markets where client.hasCustomFeatures { client.deliver(text, type: type) }
    }

    // MARK: Feeds

    private func admit(_ request: Request) -> Server.Admission {
        let isMarket = request.path == "/ws/market"
        guard isMarket || request.path == "/rtds" || request.path == "/" else {
            return .refuse(Response(status: 404, "no such feed\n"))
        }
        let feed = isMarket ? "market" : "rtds"
        let counts: WritableKeyPath<Statistics, FeedStatistics> = isMarket ? \.market : \.rtds
        if let refusal = plan.refusal(ofConnectionTo: feed, at: now) {
            statistics[keyPath: counts].refused += 1
            return .refuse(refusal.response(at: .now()))
        }
        var client: FeedClient?
        return .accept { [unowned self] session, event in
            switch event {
            case .opened:
                statistics[keyPath: counts].connections += 1
                statistics[keyPath: counts].connectionsInAll += 1
                client = isMarket ? marketClient(session) : rtdsClient(session)
                client?.tick()
            case .message(let message):
                if let client, !client.isDead { client.received(message.text) }
            case .closed:
                statistics[keyPath: counts].connections -= 1
                rtds.removeAll { $0 === client }
                markets.removeAll { $0 === client }
                client = nil
            }
        }
    }

    private func rtdsClient(_ session: Session) -> FeedClient {
        let client = RTDSClient(
            session, number: statistics.rtds.connectionsInAll, patience: scenario.rtdsPatience,
            slowConsumer: scenario.slowConsumer, context: context(\.rtds),
            onSubscribe: { [unowned self] in begin() })
        rtds.append(client)
        return client
    }

    private func marketClient(_ session: Session) -> FeedClient {
        let client = MarketClient(
            session, patience: scenario.marketPatience, slowConsumer: scenario.slowConsumer,
            context: context(\.market),
            books: { [unowned self] in books(of: $0) }, onSubscribe: { [unowned self] in begin() })
        markets.append(client)
        return client
    }

    private func context(_ counts: WritableKeyPath<Statistics, FeedStatistics>) -> FeedClient.Context {
        FeedClient.Context(
            loop: loop, now: { [unowned self] in now }, decide: { [unowned self] in $0(&plan) },
            count: { [unowned self] in statistics[keyPath: counts.appending(path: $0)] += 1 })
    }

    /// The first subscription starts the stream, unless somebody wants to start it himself.
    private func begin() {
        if !scenario.isPaused { pace.resume(at: now) }
    }

    private func books(of assets: [String]) -> [UInt8]? {
        let events = MarketEvents(world, at: .now())
        let known = assets.compactMap { world.place(ofAsset: $0) }
        guard !known.isEmpty else { return nil }
        return json(array: known) { events.writeBook(world.markets[$1.market], outcome: $1.outcome, to: &$0) }
    }

    // MARK: Requests

    private func serve(_ request: Request, _ responder: Responder) {
        let path = request.path.split(separator: "/")
        guard let service = path.first else { return responder.respond(Response("pm-exchange\n")) }
        if service == "control" {
            return responder.respond(ControlAPI(service: self).answer(Array(path.dropFirst()), request))
        }
        let route = Self.route(path)
        statistics.requests[route, default: 0] += 1
        let fate = plan.fate(ofRequestTo: route, at: now)
        if case .answer = fate.kind {} else { statistics.refused[route, default: 0] += 1 }
        after(fate.delay) { [self] in
            switch fate.kind {
            case .answer: answer(path, request, responder, staleness: fate.staleness)
            case .refuse(let refusal): responder.respond(refusal.response(at: .now()))
            case .hang: hanging.append(responder)
            case .reset: responder.hangUp(resetting: true)
            case .close: responder.hangUp()
            case .truncate:
                let response = respond(path, request)
                responder.respond(response, withholding: (response.body.count + 1) / 2)
            case .malformed, .html, .giant: responder.respond(fate.kind.spoilt(respond(path, request)))
            }
        }
    }

    /// For statistics and faults: without what differs from request to request.
    private static func route(_ path: [Substring]) -> String {
        if path.first == "hooks" { return path.prefix(2).joined(separator: "/") }
        return path.map { $0.allSatisfy(\.isNumber) ? "ID" : $0 }.prefix(4).joined(separator: "/")
    }

    private func answer(
        _ path: [Substring], _ request: Request, _ responder: Responder, staleness: Duration?
    ) {
        guard path.first == "hooks", path.count > 1 else {
            return responder.respond(
                staleness.map { cached(path, request, upTo: $0) } ?? respond(path, request))
        }
        switch hooks.take(String(path[1]), request, at: .now()) {
        case .answer(let refusal, let delay):
            after(delay) { [self] in responder.respond(hooks.response(for: refusal, request, at: .now())) }
        case .hang: hanging.append(responder)
        case .reset: responder.hangUp(resetting: true)
        }
    }

    /// What the same URL was answered before, unless that is older than `age`.
    private func cached(_ path: [Substring], _ request: Request, upTo age: Duration) -> Response {
        let url = "\(request.path)?\(request.query)"
        if let known = cache[url], now - known.time < age { return known.response }
        let response = respond(path, request)
        cache[url] = (now, response)
        return response
    }

    private func respond(_ path: [Substring], _ request: Request) -> Response {
        let (rest, query, now) = (
            Array(path.dropFirst()), Query(parameters: request.parameters), Timestamp.now()
        )
        switch path.first {
        case "gamma":
            return GammaAPI(world: world, now: now, metadataLag: scenario.metadataLag).answer(rest, query)
        case "data":
            return DataAPI(
                world: world, now: now, visible: visible, caps: scenario.caps,
                history: { [unowned self] in history(of: $0) },
                leaderboard: { [unowned self] in leaderboard($0) }
            ).answer(rest, query)
        case "clob": return ChainAPI(world: world, now: now, visible: visible).clob(rest, request)
        case "polygon": return ChainAPI(world: world, now: now, visible: visible).polygon(request)
        default: return Response(status: 404, error: "not found")
        }
    }

    private func after(_ delay: Duration, _ action: @escaping () -> Void) {
        if delay > .zero { loop.after(delay, action) } else { action() }
    }

    /// Rows of the truth that the REST APIs show: those settled, and the lag has passed.
    var visible: Int {
        let horizon = Timestamp.now().advanced(by: .zero - scenario.restLag)
        while shown < world.truth.count, world.truth[shown].settled <= horizon { shown += 1 }
        return shown
    }

    var unsettledCount: Int { unsettled.count }

    func history(of wallet: Wallet) -> WalletHistory {
        if let known = histories[wallet.number] { return known }
        if histories.count > 10_000 { histories = [:] }
        let made = WalletHistory(of: wallet, in: world)
        histories[wallet.number] = made
        return made
    }

    func leaderboard(_ period: Leaderboard.Period) -> Leaderboard {
        if let known = leaderboards[period] { return known }
        let made = Leaderboard(
            of: world.population, period, seed: world.options.seed, closedMarkets: world.options.closedMarkets
        )
        leaderboards[period] = made
        return made
    }

    // MARK: Controls

    func setFaults(_ faults: [Fault], keeping: Bool) { plan.set(faults, keeping: keeping, at: now) }

    func adjust(rate: Double?, restLag: Duration?) throws(ScenarioError) {
        try scenario.adjust(rate: rate, restLag: restLag)
        pace.rate = scenario.rate
    }

    func resume() { pace.resume(at: now) }
}

extension RequestFate.Kind {
    /// A good answer, spoilt in this way.
    fileprivate func spoilt(_ response: Response) -> Response {
        var spoilt = response
        switch self {
        case .malformed: spoilt.body = Array(#"{"data": [1, 2,, "unterminated"#.utf8)
        case .html:
            spoilt = Response(type: "text/html", "<!DOCTYPE html><html><h1>Just a moment...</h1></html>\n")
        case .giant(let bytes):
            spoilt.body =
                [UInt8(ascii: "[")] + Array(repeating: UInt8(ascii: " "), count: bytes) + [UInt8(ascii: "]")]
        case .answer, .refuse, .hang, .reset, .close, .truncate: break
        }
        return spoilt
    }
}
