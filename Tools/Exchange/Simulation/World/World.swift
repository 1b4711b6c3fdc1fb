import PMRecord

/// Everything that the exchange knows: markets, wallets, prices, and every trade there was. A value: what it does is
/// wholly given by its seed and the times it is told.
package struct World: Sendable {
    package struct Options: Sendable {
        package var seed: UInt64 = 1
        /// Markets that trade at the start, without the 5-minute ones.
        package var markets = 80
        package var closedMarkets = 160
        package var wallets = 400
        /// Between a match and its row on RTDS.
        package var settlement = Duration.milliseconds(250)
        /// How long a crypto market lasts; zero for none.
        package var cryptoWindow = Duration.seconds(300)
        /// The share of matches whose transaction fails afterwards.
        package var ghosts = 0.0

        package init() {}
    }

    /// What changes beside the trades.
    package enum Event: Sendable {
        case opened(market: Int)
        case resolved(market: Int)
    }

    package let options: Options
    package let start: Timestamp
    package private(set) var markets: [Market]
    package private(set) var population: Population
    /// Every trade, in order.
    package private(set) var truth: [Fill] = []
    /// Markets that trade, the popular ones first.
    package private(set) var live: [Int]

    private var catalogue: Catalogue
    private var matchmaker: Matchmaker
    private var byAsset: [String: (market: Int, outcome: Int)] = [:]
    private var byCondition: [String: Int] = [:]
    private var bySlug: [String: Int] = [:]
    private var nextWindow: Timestamp

    package init(_ options: Options, start: Timestamp) {
        self.options = options
        self.start = start
        catalogue = Catalogue(
            seed: options.seed, start: start, open: options.markets, closed: options.closedMarkets)
        markets = catalogue.markets
        population = Population(seed: options.seed, start: start, count: options.wallets)
        matchmaker = Matchmaker(seed: options.seed, settlement: options.settlement, ghosts: options.ghosts)
        var dice = Dice(seed: options.seed, for: "popularity")
        let open = catalogue.markets.indices.filter { [markets = catalogue.markets] in !markets[$0].isClosed }
        let shuffled = open.shuffled(with: &dice)
        // What is hard to show is rare, as it is in life.
        let isAwkward = { [markets = catalogue.markets] (place: Int) in
            awkwardTitles.contains(markets[place].title)
        }
        live = shuffled.filter { !isAwkward($0) } + shuffled.filter(isAwkward)
        let length = max(options.cryptoWindow.inMilliseconds, 1)
        nextWindow = Timestamp(milliseconds: start.milliseconds / length * length)
        for place in markets.indices { register(place) }
        _ = advance(to: start)
    }

    // MARK: Looking

    package func place(ofAsset asset: String) -> (market: Int, outcome: Int)? { byAsset[asset] }
    package func place(ofCondition id: String) -> Int? { byCondition[id.lowercased()] }
    package func place(ofSlug slug: String) -> Int? { bySlug[slug] }

    // MARK: Going on

    /// Opens the 5-minute markets that are due, and resolves those that are over.
    package mutating func advance(to now: Timestamp) -> [Event] {
        guard options.cryptoWindow > .zero else { return [] }
        var events: [Event] = []
        while nextWindow <= now {
            let ending = live.filter { markets[$0].event.series != nil && markets[$0].end <= nextWindow }
            for place in ending {
                markets[place].winner = markets[place].price >= 500 ? 0 : 1
                events.append(.resolved(market: place))
            }
            live.removeAll { ending.contains($0) }
            for coin in Coin.allCases {
                markets.append(catalogue.cryptoMarket(coin, window: nextWindow, length: options.cryptoWindow))
                register(markets.count - 1)
                live.insert(markets.count - 1, at: 0)
                events.append(.opened(market: markets.count - 1))
            }
            nextWindow = nextWindow.advanced(by: options.cryptoWindow)
        }
        return events
    }

    /// Lets a taker's order meet others.
    ///
    /// - Parameter limit: Rows at most; at least 1.
    package mutating func match(at now: Timestamp, limit: Int = 40) -> Match {
        keep(matchmaker.match(in: &markets, live: live, among: population, at: now, limit: limit))
    }

    /// A single trade as somebody asks for it: a member that is not there is drawn.
    package mutating func match(_ order: Order, at now: Timestamp) -> Match {
        var wish = Matchmaker.Wish()
        if let asset = order.asset, let found = byAsset[asset] {
            (wish.market, wish.outcome) = (found.market, found.outcome)
        } else {
            wish.market = order.market.flatMap { byCondition[$0.lowercased()] ?? bySlug[$0] }
            wish.outcome = order.outcome
        }
        if wish.market == nil, order.title != nil || order.market != nil {
            wish.market = addMarket(
                titled: order.title ?? order.market!, slug: order.title == nil ? order.market : nil)
        }
        if let address = order.wallet {
            wish.wallet = population.wallet(at: address, like: order.character ?? .fresh).number
        } else if let character = order.character {
            wish.wallet = population.wallets(like: character).first?.number
        }
        (wish.side, wish.price, wish.size, wish.transaction) = (
            order.side, order.price, order.size, order.transaction
        )
        return keep(
            matchmaker.match(
                wish, in: &markets, live: live, among: population, at: now, limit: order.withMakers ? 40 : 1))
    }

    private mutating func keep(_ match: Match) -> Match {
        truth += match.fills
        return match
    }

    private mutating func addMarket(titled title: String, slug: String?) -> Int {
        markets.append(catalogue.market(titled: title, slug: slug))
        live.append(markets.count - 1)
        register(markets.count - 1)
        return markets.count - 1
    }

    private mutating func register(_ place: Int) {
        let market = markets[place]
        for (outcome, asset) in market.assets.enumerated() { byAsset[asset] = (place, outcome) }
        byCondition[market.conditionID] = place
        bySlug[market.slug] = place
    }
}

/// A trade that somebody asks for. What is `nil` is drawn.
package struct Order: Sendable {
    package var asset: String?
    /// A condition id or a slug; an unknown one becomes a new market.
    package var market: String?
    package var title: String?
    package var outcome: Int?
    package var side: Side?
    package var price: String?
    package var size: String?
    package var wallet: String?
    package var character: Character?
    package var transaction: String?
    /// Whether the other side's rows come too.
    package var withMakers = false

    package init() {}
}
