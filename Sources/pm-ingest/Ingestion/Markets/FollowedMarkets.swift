import Curl
import PMFlow
import PMPipe
import PMRecord
import PolymarketAPI
import WebSockets

/// The markets that the market channel follows: refreshed from Gamma, and changed by the channel's own events.
final class FollowedMarkets {
    private enum Query {
        /// A page of the list of the largest markets.
        case page
        case token(Gamma.MarketsRead)
    }

    private static let refreshPeriod = Duration.seconds(300)
    private static let retryDelay = Duration.seconds(5)
    /// The longest pause that is granted to Gamma.
    private static let longestPause = Duration.seconds(300)
    /// Trades of an asset are accepted for this long after it is unfollowed: a back-fill may still find some.
    private static let unfollowedLifetime = Duration.seconds(86_400)

    private let loop: EventLoop
    private let bases: APIBases
    private let most: Int
    private let log: StageLog
    private let fetcher: BackgroundHTTPClient
    private let onChange: ([SubscriptionShards.Change]) -> Void
    private var directory = MarketDirectory()
    private var unfollowed: Cache<String, Bool> = Cache(capacity: 10_000)
    private var shards = SubscriptionShards()
    private var queries: [UInt64: Query] = [:]
    /// The walk of this refresh through the list.
    private var walk = PageWalk(Gamma.MarketsRead(.mostTraded), at: .now)
    /// The markets of the pages that this refresh has read so far.
    private var found: [MarketDetails] = []
    /// When Gamma wants requests again, after a refusal.
    private var pausedUntil = ContinuousClock.now
    private(set) var lastRefresh: Timestamp?

    /// - Parameters:
    ///   - most: The number of markets to follow: those with the largest volume of the last day.
    ///   - onChange: Called with the changes to make to the subscriptions.
    init(
        loop: EventLoop, base: String, most: Int, log: StageLog,
        onChange: @escaping ([SubscriptionShards.Change]) -> Void
    ) {
        self.loop = loop
        bases = APIBases(gamma: base)
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

    /// Returns true if an asset is followed, or was within the last day.
    func isFollowed(_ asset: String) -> Bool {
        shards.contains(asset) || unfollowed.value(for: asset, at: .now) != nil
    }

    /// Fetches the list of the largest markets, now and every five minutes.
    func refresh() {
        found = []
        walk = PageWalk(Gamma.MarketsRead(.mostTraded), at: .now)
        fetchPage()
    }

    /// Adds the details of its market to a trade. Looks up an unknown market for later trades.
    func addDetails(to trade: inout Trade) {
        guard !directory.addDetails(to: &trade, at: .now), let asset = trade.assetID, .now >= pausedUntil,
            directory.shouldLookUp(asset, at: .now)
        else { return }
        fetch(Gamma.MarketsRead(.tokens([asset])))
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
            switch query {
            case .page: take(page(of: walk.read, in: answer.result))
            case .token(let read): take(page(of: read, in: answer.result), of: read)
            }
        }
    }

    func stop() {
        fetcher.stop()
    }

    private func fetchPage() {
        guard let request = walk.request else { return }
        send(request, .page)
    }

    private func fetch(_ read: Gamma.MarketsRead) {
        send(read.request(at: .start), .token(read))
    }

    private func send(_ request: APIRequest, _ query: Query) {
        guard let url = bases.url(of: request) else { return }
        queries[fetcher.fetch(url)] = query
    }

    /// Takes a page of the list of the largest markets; asks for it again when there was none.
    private func take(_ page: Page<Gamma.Market>?) {
        guard let page else {
            let delay = max(Self.retryDelay, ContinuousClock.now.duration(to: pausedUntil))
            loop.after(delay) { [weak self] in self?.fetchPage() }
            return
        }
        found += walk.take(page, at: .now).compactMap { MarketDetails($0) }
        guard walk.end != nil || found.count >= most else { return fetchPage() }
        if case .stalled(let reason)? = walk.end {
            log.warning(.api, "the list of markets is incomplete: \(reason)")
        }
        let chosen = found.prefix(most)
        for market in chosen { directory.add(market, at: .now) }
        lastRefresh = .now()
        apply(shards.replace(with: chosen.flatMap(\.assets)))
        loop.after(Self.refreshPeriod) { [weak self] in self?.refresh() }
    }

    /// Takes the market of one token. One that is not among the open markets may be among the closed ones.
    private func take(_ page: Page<Gamma.Market>?, of read: Gamma.MarketsRead) {
        guard let page else { return }
        let markets = page.rows.compactMap { MarketDetails($0) }
        for market in markets { directory.add(market, at: .now) }
        if markets.isEmpty, !read.isClosed { fetch(read.closed) }
    }

    private func apply(_ changes: [SubscriptionShards.Change]) {
        let expiry = ContinuousClock.now + Self.unfollowedLifetime
        for asset in changes.flatMap(\.removed) { unfollowed.set(true, for: asset, until: expiry) }
        onChange(changes)
    }

    /// Notes how long Gamma wants no requests.
    private func note(_ response: HTTPResponse) {
        let now = Int(Timestamp.now().milliseconds / 1000)
        guard
            let refusal = response.refusal(now: now, cap: Self.longestPause, isBehindCloudflare: true)
        else { return }
        pausedUntil = max(pausedUntil, .now + (refusal.retryAfter ?? Self.retryDelay))
    }

    /// Reads an answer; logs one that cannot be used.
    private func page(
        of read: Gamma.MarketsRead, in result: Result<HTTPResponse, HTTPFailure>
    ) -> Page<Gamma.Market>? {
        do {
            let response = try result.get()
            note(response)
            guard response.status == 200 else {
                throw APIError(status: response.status, body: response.body, from: .gammaMarketsKeyset)
            }
            return try read.page(in: response.body)
        } catch {
            log.count(.api)
            log.warning(.api, "unable to get markets from Gamma: \(error)")
            return nil
        }
    }
}
