import PMJSON
import PMRecord
import WebSockets

/// The clients of both feeds, and the order in which they get each event.
final class FeedHub {
    private unowned let service: ExchangeService
    private var rtds: [RTDSClient] = []
    private var markets: [MarketClient] = []
    /// Rows that RTDS has not sent yet, in order: as `orders_matched` and as `trades`.
    private var unannounced: [Fill] = []
    private var unsettled: [Fill] = []
    private var changes = 0

    init(of service: ExchangeService) { self.service = service }

    var unsettledCount: Int { unsettled.count }

    func tick() {
        announceMatches()
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
            return .reject(refusal.response(at: .now(), route: feed, trace: ""))
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

    /// Publishes a match: at once on the market channel, later on RTDS.
    func publish(_ match: Match) {
        unannounced += match.takers
        unsettled += match.fills
        if !service.world.markets[match.market].isCombo { sendMarketEvents(of: match, at: .now()) }
    }

    func publish(_ event: World.Event) {
        let world = service.world
        let events = MarketEvents(world, at: .now())
        let (type, text) =
            switch event {
            case .opened(let market): ("new_market", events.newMarket(world.markets[market]))
            case .resolved(let market): ("market_resolved", events.marketResolved(world.markets[market]))
            }
        for client in markets where client.wantsMarkets { client.deliver(text, type: type) }
    }

    /// Sends the takers' rows of type `orders_matched` that are due.
    private func announceMatches() {
        let time = Timestamp.now()
        let due = unannounced.prefix { $0.announced <= time }
        send(due, type: "orders_matched", at: time)
        unannounced.removeFirst(due.count)
    }

    /// Sends the rows of type `trades` that are due: not too many in one turn, so that a client that reads is not
    /// taken for one that does not.
    private func settle() {
        let time = Timestamp.now()
        let due = unsettled.prefix(2_000).prefix { $0.settled <= time }
        send(due, type: "trades", at: time)
        unsettled.removeFirst(due.count)
    }

    private func send(_ fills: ArraySlice<Fill>, type: String, at time: Timestamp) {
        guard !fills.isEmpty else { return }
        let world = service.world
        let rows = TradeRows(world)
        for fill in fills {
            for client in rtds where client.wants(type, of: world.markets[fill.market]) {
                client.deliver(
                    rows.rtdsFrame(fill, type: type, at: time, connection: client.connection), type: type)
            }
        }
    }

    private func sendMarketEvents(of match: Match, at time: Timestamp) {
        let world = service.world
        let market = world.markets[match.market]
        let listeners = markets.filter { client in market.assets.contains { client.wants($0) } }
        guard !listeners.isEmpty else { return }
        let events = MarketEvents(world, at: time)
        var frames: [(type: String, asset: String?, text: [UInt8])] = match.takers.map {
            ("last_trade_price", market.assets[$0.outcome], events.lastTradePrice($0))
        }
        for _ in 0..<service.scenario.feeds.noise {
            changes += 1
            let isFlat = changes.isMultiple(of: 17)
            frames.append(
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
                frames.append(("book", asset, json { events.writeBook(market, outcome: outcome, to: &$0) }))
            }
            if let change = match.tickChange {
                frames.append(
                    (
                        "tick_size_change", asset,
                        events.tickSizeChange(market, outcome: outcome, from: change.old, to: change.new)
                    ))
            }
        }
        for client in listeners {
            for frame in frames where frame.asset.map({ client.wants($0) }) ?? true {
                client.deliver(frame.text, type: frame.type)
            }
            for outcome in 0...1 where client.wantsCustom(market.assets[outcome]) {
                client.deliver(events.bestBidAsk(market, outcome: outcome), type: "best_bid_ask")
            }
        }
    }

    private func rtdsClient(_ session: Session) -> FeedClient {
        let client = RTDSClient(
            session, number: service.statistics.rtds.connectionsInAll, options: service.scenario.feeds,
            context: context(\.rtds), onSubscribe: { [unowned service] in service.begin() })
        rtds.append(client)
        return client
    }

    private func marketClient(_ session: Session) -> FeedClient {
        let client = MarketClient(
            session, options: service.scenario.feeds, context: context(\.market),
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
        let known = assets.compactMap { world.index(ofAsset: $0) }.filter {
            !world.markets[$0.market].isCombo
        }
        guard !known.isEmpty else { return nil }
        return json(array: known) { events.writeBook(world.markets[$1.market], outcome: $1.outcome, to: &$0) }
    }
}
