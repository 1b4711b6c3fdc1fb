import Curl
import PMFlow
import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// Keeps up with which markets there are: asks Gamma, hears of new and resolved ones, and says what to follow.
final class MarketDesk {
    private enum Question {
        case page(Int)
        case token(String)
    }

    /// Gamma's pages are no longer. Source: POLYMARKET.md, A.3.
    private static let page = 100
    private static let refreshPeriod = Duration.seconds(300)
    private static let retryPeriod = Duration.seconds(5)

    private let loop: EventLoop
    private let base: String
    private let most: Int
    private let log: StageLog
    private let fetcher: BackgroundHTTPClient
    private let onChange: ([Shards.Change]) -> Void
    private var book = MarketBook()
    /// Assets followed until lately: a repair may still bring their last trades.
    private var former: Cache<String, Bool> = Cache(capacity: 10_000)
    private(set) var shards = Shards()
    private var questions: [UInt64: Question] = [:]
    private var found: [MarketFacts] = []
    private(set) var lastRefresh: Timestamp?

    /// - Parameters:
    ///   - most: Markets to follow, by their volume of the last day.
    ///   - onChange: Told what to say on which socket.
    init(
        loop: EventLoop, base: String, most: Int, log: StageLog, onChange: @escaping ([Shards.Change]) -> Void
    ) {
        self.loop = loop
        self.base = base
        self.most = most
        self.log = log
        self.onChange = onChange
        let waker = loop.waker
        fetcher = BackgroundHTTPClient { waker.wake() }
    }

    /// Asks for the largest markets, now and every five minutes.
    func refresh() {
        found = []
        ask(page: 0)
    }

    /// Gives a trade what is known of its market, and looks up what is not.
    func describe(_ trade: inout Trade) {
        guard !book.describe(&trade, at: .now), let asset = trade.assetID, book.shouldLookUp(asset, at: .now)
        else {
            return
        }
        let query: URLQuery = ["clob_token_ids": asset]
        questions[fetcher.fetch("\(base)/markets\(query)")] = .token(asset)
    }

    /// Hears what the market channel says of markets that come and go.
    func hear(_ news: MarketNews) {
        switch news {
        case .opened(let facts):
            book.learn(facts, at: .now)
            guard shards.count + facts.assets.count <= 2 * most + 400 else { return }
            change(shards.add(facts.assets))
        case .resolved(let facts):
            change(shards.remove(facts.assets))
        }
    }

    /// Whether an asset is followed, or was within the last day.
    func follows(_ asset: String) -> Bool {
        shards.contains(asset) || former.value(for: asset, at: .now) != nil
    }

    /// Takes the answers that have come; call when the loop was woken.
    func takeAnswers() {
        for answer in fetcher.take() {
            guard let question = questions.removeValue(forKey: answer.number) else { continue }
            let markets = facts(in: answer.result)
            switch question {
            case .token: for case let facts? in markets ?? [] { book.learn(facts, at: .now) }
            case .page(let number): take(markets, ofPage: number)
            }
        }
    }

    func stop() {
        fetcher.stop()
    }

    private func ask(page: Int) {
        let query: URLQuery = [
            "limit": "\(Self.page)", "offset": "\(page * Self.page)", "active": "true", "closed": "false",
            "order": "volume24hr", "ascending": "false",
        ]
        questions[fetcher.fetch("\(base)/markets\(query)")] = .page(page)
    }

    private func take(_ markets: [MarketFacts?]?, ofPage number: Int) {
        guard let markets else {
            log.warning(.api, "Gamma did not say which markets there are")
            loop.after(Self.retryPeriod) { [weak self] in self?.ask(page: number) }
            return
        }
        found += markets.compactMap { $0 }
        guard markets.count < Self.page || found.count >= most else { return ask(page: number + 1) }
        let chosen = found.prefix(most)
        for facts in chosen { book.learn(facts, at: .now) }
        lastRefresh = .now()
        change(shards.follow(chosen.flatMap(\.assets)))
        loop.after(Self.refreshPeriod) { [weak self] in self?.refresh() }
    }

    private func change(_ changes: [Shards.Change]) {
        let end = ContinuousClock.now + .seconds(86_400)
        for asset in changes.flatMap(\.removed) { former.set(true, for: asset, until: end) }
        onChange(changes)
    }

    /// - Returns: The markets of an answer, `nil` for each that says too little; `nil` when it was none.
    private func facts(in result: Result<HTTPResponse, HTTPFailure>) -> [MarketFacts?]? {
        guard case .success(let response) = result, response.status == 200,
            let json = try? JSON(response.body),
            let list = json.array
        else {
            log.count(.api)
            return nil
        }
        return list.map { MarketFacts(gamma: $0) }
    }
}
