import PMRecord

/// The state of the exchange: markets, wallets, prices, and every trade.
///
/// A value: its behaviour depends only on its seed and on the times that its callers pass.
package struct World: Sendable {
    package struct Options: Sendable {
        package var seed: UInt64 = 1
        /// Markets that trade at the start, without the 5-minute ones.
        package var markets = 80
        package var closedMarkets = 160
        package var wallets = 400
        /// From a match to its row of type `trades` on RTDS.
        package var settlement = Duration.milliseconds(250)
        package var blockPeriod = Duration.milliseconds(200)
        /// The lifetime of a crypto market; zero if there are none.
        package var cryptoWindow = Duration.seconds(300)
        /// The share of matches whose transaction fails afterwards.
        package var ghosts = 0.0
        /// The share of matches that are of combos.
        package var comboShare = 0.008
        /// The share of markets that are of Protocol V2, and the share of those that Gamma does not list.
        package var v2Share = 0.1
        package var unlistedShare = 0.3
        /// Hex digits of a Protocol V2 market's condition id in rows of trades: 62 or 64.
        package var conditionDigits = 64
        /// The same in the rows of RTDS.
        package var feedConditionDigits = 64

        package init() {}
    }

    /// A change of the markets.
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
    /// Markets that trade, the popular ones first; without combos.
    package private(set) var live: [Int]
    /// Combos that trade.
    package let combos: [Int]
    /// The number of ``markets`` at the start. The histories of wallets concern only these.
    let firstMarkets: Int

    private var catalog: MarketCatalog
    private var engine: MatchingEngine
    private var byAsset: [String: (market: Int, outcome: Int)] = [:]
    private var byCondition: [String: Int] = [:]
    private var bySlug: [String: Int] = [:]
    private var nextWindow: Timestamp

    package init(_ options: Options, start: Timestamp) {
        self.options = options
        self.start = start
        catalog = MarketCatalog(
            MarketCatalog.Options(
                seed: options.seed, start: start, open: options.markets, closed: options.closedMarkets,
                v2Share: options.v2Share, unlistedShare: options.unlistedShare, combos: 24))
        let markets = catalog.markets
        self.markets = markets
        firstMarkets = markets.count
        population = Population(seed: options.seed, start: start, count: options.wallets)
        engine = MatchingEngine(options)
        var random = SeededRandom(seed: options.seed, for: "popularity")
        let open = markets.indices.filter { !markets[$0].isClosed }
        let shuffled = open.filter { !markets[$0].isCombo }.shuffled(with: &random)
        combos = open.filter { markets[$0].isCombo }
        // Titles that are hard to show are as rare as in the real data.
        let isAwkward = { (index: Int) in awkwardTitles.contains(markets[index].title) }
        live = shuffled.filter { !isAwkward($0) } + shuffled.filter(isAwkward)
        let length = max(options.cryptoWindow.inMilliseconds, 1)
        nextWindow = Timestamp(milliseconds: start.milliseconds / length * length)
        for index in markets.indices { register(index) }
        _ = advance(to: start)
    }

    // MARK: Look-ups

    package func index(ofAsset asset: String) -> (market: Int, outcome: Int)? { byAsset[asset] }
    package func index(ofSlug slug: String) -> Int? { bySlug[slug] }

    /// - Parameter id: With 64 digits, or with 62 for Protocol V2 and combos.
    package func index(ofCondition id: String) -> Int? {
        let lower = id.lowercased()
        return byCondition[lower.utf8.count == 64 ? lower + "00" : lower]
    }

    /// The condition id of a market in rows of trades, activity and positions.
    package func rowConditionID(of market: Market) -> String {
        market.isCombo || options.conditionDigits == 62 ? market.shortConditionID : market.conditionID
    }

    /// The condition id of a market in rows of RTDS.
    package func feedConditionID(of market: Market) -> String {
        market.isCombo || options.feedConditionDigits == 62 ? market.shortConditionID : market.conditionID
    }

    // MARK: Changes

    /// Opens the 5-minute markets that are due, and resolves those that are over.
    package mutating func advance(to now: Timestamp) -> [Event] {
        guard options.cryptoWindow > .zero else { return [] }
        var events: [Event] = []
        while nextWindow <= now {
            let ending = live.filter { markets[$0].event.series != nil && markets[$0].end <= nextWindow }
            for index in ending {
                markets[index].winner = markets[index].price >= 500 ? 0 : 1
                events.append(.resolved(market: index))
            }
            live.removeAll { ending.contains($0) }
            for coin in Coin.allCases {
                markets.append(catalog.cryptoMarket(coin, window: nextWindow, length: options.cryptoWindow))
                register(markets.count - 1)
                live.insert(markets.count - 1, at: 0)
                events.append(.opened(market: markets.count - 1))
            }
            nextWindow = nextWindow.advanced(by: options.cryptoWindow)
        }
        return events
    }

    /// Matches one taker's order.
    ///
    /// - Parameter limit: Rows at most; at least 1.
    package mutating func match(at now: Timestamp, limit: Int = 40) -> Match {
        keep(
            engine.match(
                in: &markets, live: live, combos: combos, among: population, at: now, limit: limit))
    }

    /// Matches a requested order. Unspecified properties are drawn.
    package mutating func match(_ order: Order, at now: Timestamp) -> Match {
        var request = MatchingEngine.Request()
        if let asset = order.asset, let found = byAsset[asset] {
            (request.market, request.outcome) = (found.market, found.outcome)
        } else {
            request.market = order.market.flatMap { index(ofCondition: $0) ?? bySlug[$0] }
            request.outcome = order.outcome
        }
        if request.market == nil, let module = order.module { request.market = firstMarket(of: module) }
        if request.market == nil, order.title != nil || order.market != nil {
            request.market = addMarket(
                titled: order.title ?? order.market!, slug: order.title == nil ? order.market : nil)
        }
        if let address = order.wallet {
            request.wallet = population.wallet(at: address, like: order.archetype ?? .fresh).number
        } else if let archetype = order.archetype {
            request.wallet = population.wallets(like: archetype).first?.number
        }
        (request.side, request.price, request.size, request.transaction) = (
            order.side, order.price, order.size, order.transaction
        )
        request.mintMakers = order.mintMakers
        return keep(
            engine.match(
                request, in: &markets, live: live, combos: [], among: population, at: now,
                limit: order.withMakers ? 1 + max(39, order.mintMakers ?? 0) : 1))
    }

    private mutating func keep(_ match: Match) -> Match {
        truth += match.fills
        return match
    }

    private func firstMarket(of module: TokenModule) -> Int? {
        module == .combo ? combos.first : live.first { markets[$0].module == module }
    }

    private mutating func addMarket(titled title: String, slug: String?) -> Int {
        markets.append(catalog.market(titled: title, slug: slug))
        live.append(markets.count - 1)
        register(markets.count - 1)
        return markets.count - 1
    }

    private mutating func register(_ index: Int) {
        let market = markets[index]
        for (outcome, asset) in market.assets.enumerated() { byAsset[asset] = (index, outcome) }
        byCondition[market.conditionID] = index
        if !market.slug.isEmpty { bySlug[market.slug] = index }
    }
}

/// A requested trade. Properties that are `nil` are drawn.
package struct Order: Sendable {
    package var asset: String?
    /// A condition id or a slug; an unknown one becomes a new market.
    package var market: String?
    package var title: String?
    /// Any market of this kind.
    package var module: TokenModule?
    package var outcome: Int?
    package var side: Side?
    package var price: String?
    package var size: String?
    package var wallet: String?
    package var archetype: Archetype?
    package var transaction: String?
    /// True if the rows of the other side are included.
    package var withMakers = false
    /// Makers of equal parts, all of whom buy or sell the other token: a mint or a merge. `nil` draws them.
    package var mintMakers: Int?

    package init() {}
}
