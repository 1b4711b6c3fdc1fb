import Curl
import PMFlow
import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// The markets that the market channel follows: refreshed from Gamma, and changed by the channel's own events.
final class FollowedMarkets {
    private enum Query {
        case page(Int)
        case token(String)
    }

    /// The most markets that Gamma returns in a page. Source: `docs/POLYMARKET.md`, A.3.
    private static let pageSize = 100
    private static let refreshPeriod = Duration.seconds(300)
    private static let retryDelay = Duration.seconds(5)
    /// Trades of an asset are accepted for this long after it is unfollowed: a back-fill may still find some.
    private static let unfollowedLifetime = Duration.seconds(86_400)

    private let loop: EventLoop
    private let base: String
    private let most: Int
    private let log: StageLog
    private let fetcher: BackgroundHTTPClient
    private let onChange: ([SubscriptionShards.Change]) -> Void
    private var directory = MarketDirectory()
    private var unfollowed: Cache<String, Bool> = Cache(capacity: 10_000)
    private var shards = SubscriptionShards()
    private var queries: [UInt64: Query] = [:]
    /// The markets of the pages that this refresh has read so far.
    private var found: [MarketDetails] = []
    private(set) var lastRefresh: Timestamp?

    /// - Parameters:
    ///   - most: The number of markets to follow: those with the largest volume of the last day.
    ///   - onChange: Called with the changes to make to the subscriptions.
    init(
        loop: EventLoop, base: String, most: Int, log: StageLog,
        onChange: @escaping ([SubscriptionShards.Change]) -> Void
    ) {
        self.loop = loop
        self.base = base
        self.most = most
        self.log = log
        self.onChange = onChange
        let waker = loop.waker
        fetcher = BackgroundHTTPClient { waker.wake() }
    }

    /// The number of followed assets.
    var assetCount: Int { shards.count }

    /// Returns the assets to subscribe to on a socket.
    func assets(of shard: Int) -> [String] { shards.assets(of: shard) }

    /// Whether an asset is followed, or was within the last day.
    func isFollowed(_ asset: String) -> Bool {
        shards.contains(asset) || unfollowed.value(for: asset, at: .now) != nil
    }

    /// Fetches the list of the largest markets, now and every five minutes.
    func refresh() {
        found = []
        fetch(page: 0)
    }

    /// Adds the details of its market to a trade. Looks up an unknown market for later trades.
    func addDetails(to trade: inout Trade) {
        guard !directory.addDetails(to: &trade, at: .now), let asset = trade.assetID,
            directory.shouldLookUp(asset, at: .now)
        else { return }
        let query: URLQuery = ["clob_token_ids": asset]
        queries[fetcher.fetch("\(base)/markets\(query)")] = .token(asset)
    }

    func handle(_ event: MarketLifecycleEvent) {
        switch event {
        case .opened(let market):
            directory.add(market, at: .now)
            guard shards.count + market.assets.count <= 2 * most + 400 else { return }
            apply(shards.add(market.assets))
        case .resolved(let market):
            apply(shards.remove(market.assets))
        }
    }

    /// Handles the answers that have arrived. Call it when the event loop is woken.
    func takeAnswers() {
        for answer in fetcher.take() {
            guard let query = queries.removeValue(forKey: answer.number) else { continue }
            let markets = markets(in: answer.result)
            switch query {
            case .token: for case let market? in markets ?? [] { directory.add(market, at: .now) }
            case .page(let number): take(markets, ofPage: number)
            }
        }
    }

    func stop() {
        fetcher.stop()
    }

    private func fetch(page: Int) {
        let query: URLQuery = [
            "limit": "\(Self.pageSize)", "offset": "\(page * Self.pageSize)", "active": "true",
            "closed": "false",
            "order": "volume24hr", "ascending": "false",
        ]
        queries[fetcher.fetch("\(base)/markets\(query)")] = .page(page)
    }

    private func take(_ markets: [MarketDetails?]?, ofPage number: Int) {
        guard let markets else {
            log.warning(.api, "unable to get the list of markets from Gamma")
            loop.after(Self.retryDelay) { [weak self] in self?.fetch(page: number) }
            return
        }
        found += markets.compactMap { $0 }
        guard markets.count < Self.pageSize || found.count >= most else { return fetch(page: number + 1) }
        let chosen = found.prefix(most)
        for market in chosen { directory.add(market, at: .now) }
        lastRefresh = .now()
        apply(shards.replace(with: chosen.flatMap(\.assets)))
        loop.after(Self.refreshPeriod) { [weak self] in self?.refresh() }
    }

    private func apply(_ changes: [SubscriptionShards.Change]) {
        let expiry = ContinuousClock.now + Self.unfollowedLifetime
        for asset in changes.flatMap(\.removed) { unfollowed.set(true, for: asset, until: expiry) }
        onChange(changes)
    }

    /// Reads the markets of an answer.
    ///
    /// - Returns: `nil` in place of a market without condition id or tokens; `nil` when the request failed.
    private func markets(in result: Result<HTTPResponse, HTTPFailure>) -> [MarketDetails?]? {
        guard case .success(let response) = result, response.status == 200,
            let json = try? JSON(response.body),
            let list = json.array
        else {
            log.count(.api)
            return nil
        }
        return list.map { MarketDetails(gamma: $0) }
    }
}
