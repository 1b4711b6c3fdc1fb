import PMJSON
import PMRecord
import WebSockets

/// The clients of both feeds, and what they are told.
final class FeedHub {
    private unowned let service: ExchangeService
    private var rtds: [RTDSClient] = []
    private var markets: [MarketClient] = []
    /// Rows that have been matched and not yet told by RTDS, in order.
    private var unsettled: [Fill] = []
    private var changes = 0

    init(of service: ExchangeService) { self.service = service }

    var unsettledCount: Int { unsettled.count }

    func tick() {
        settle()
        for client in rtds { client.tick() }
        for client in markets { client.tick() }
    }

    /// Decides on a request to become a client.
    func admit(_ request: Request) -> Server.Admission {
        let isMarket = request.path == "/ws/market"
        guard isMarket || request.path == "/rtds" || request.path == "/" else {
            return .reject(Response(status: 404, "no such feed\n"))
        }
        let feed = isMarket ? "market" : "rtds"
        let counts: WritableKeyPath<Statistics, FeedStatistics> = isMarket ? \.market : \.rtds
        if let refusal = service.plan.refusal(ofConnectionTo: feed, at: service.now) {
            service.statistics[keyPath: counts].refused += 1
            return .reject(refusal.response(at: .now()))
        }
        var client: FeedClient?
        return .accept { [unowned self] session, event in
            switch event {
            case .opened:
                service.statistics[keyPath: counts].connections += 1
                service.statistics[keyPath: counts].connectionsInAll += 1
                client = isMarket ? marketClient(session) : rtdsClient(session)
                client?.tick()
            case .message(let message):
                if let client, !client.isDead { client.received(message.text) }
            case .closed:
                service.statistics[keyPath: counts].connections -= 1
                rtds.removeAll { $0 === client }
                markets.removeAll { $0 === client }
                client = nil
            }
        }
    }

    /// Tells of a match at once: takers' rows on RTDS, and the market channel.
    func tell(_ match: Match) {
        let (time, world) = (Timestamp.now(), service.world)
        let (shapes, market) = (TradeShapes(world), world.markets[match.market])
        for fill in match.takers {
            for client in rtds where client.wants("orders_matched", of: market) {
                client.deliver(
                    shapes.rtdsFrame(fill, type: "orders_matched", at: time, connection: client.connection),
                    type: "orders_matched")
            }
        }
        unsettled += match.fills
        tellMarketChannel(of: match, at: time)
    }

    func announce(_ event: World.Event) {
        let world = service.world
        let events = MarketEvents(world, at: .now())
        let (type, text) =
            switch event {
            case .opened(let market): ("new_market", events.newMarket(world.markets[market]))
            case .resolved(let market): ("market_resolved", events.marketResolved(world.markets[market]))
            }
        for client in markets where client.hasCustomFeatures { client.deliver(text, type: type) }
    }

    /// Tells RTDS's clients of the rows whose block has been made: not of too many in one turn, lest a client
    /// that reads be taken for one that does not.
    private func settle() {
        let time = Timestamp.now()
        let due = unsettled.prefix(2_000).prefix { $0.settled <= time }
        guard !due.isEmpty else { return }
        let world = service.world
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
        let world = service.world
        let market = world.markets[match.market]
        let listeners = markets.filter { $0.wants(market) }
        guard !listeners.isEmpty else { return }
        let events = MarketEvents(world, at: time)
        var told: [(type: String, asset: String?, text: [UInt8])] = match.takers.map {
            ("last_trade_price", market.assets[$0.outcome], events.lastTradePrice($0))
        }
        for _ in 0..<service.scenario.noise {
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

    private func rtdsClient(_ session: Session) -> FeedClient {
        let client = RTDSClient(
            session, number: service.statistics.rtds.connectionsInAll,
            patience: service.scenario.rtdsPatience,
            slowConsumer: service.scenario.slowConsumer, context: context(\.rtds),
            onSubscribe: { [unowned service] in service.begin() })
        rtds.append(client)
        return client
    }

    private func marketClient(_ session: Session) -> FeedClient {
        let client = MarketClient(
            session, patience: service.scenario.marketPatience, slowConsumer: service.scenario.slowConsumer,
            context: context(\.market),
            books: { [unowned self] in books(of: $0) }, onSubscribe: { [unowned service] in service.begin() })
        markets.append(client)
        return client
    }

    private func context(_ counts: WritableKeyPath<Statistics, FeedStatistics>) -> FeedClient.Context {
        FeedClient.Context(
            loop: service.loop, now: { [unowned service] in service.now },
            decide: { [unowned service] in $0(&service.plan) },
            count: { [unowned service] in service.statistics[keyPath: counts.appending(path: $0)] += 1 })
    }

    private func books(of assets: [String]) -> [UInt8]? {
        let world = service.world
        let events = MarketEvents(world, at: .now())
        let known = assets.compactMap { world.place(ofAsset: $0) }
        guard !known.isEmpty else { return nil }
        return json(array: known) { events.writeBook(world.markets[$1.market], outcome: $1.outcome, to: &$0) }
    }
}
