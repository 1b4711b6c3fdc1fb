import PMRecord
import PolymarketAPI

/// Reads a wallet's open and closed positions, its last trades and its public profile, in parallel.
///
/// Positions are read page by page, so that the win rate covers more than the first page. The number of pages is bounded:
/// a wallet with more positions, or with an unreadable one, is marked as truncated.
struct WalletLookup: Lookup {
    private static let maxOpenPages = 4
    private static let maxClosedPages = 10

    private let address: String
    private var answers = WalletAnswers()
    /// Hashes of the rows that were read, so that a position that moved from one page to the next counts once.
    private var closedSeen: Set<Int> = []
    private var openSeen: Set<Int> = []
    private var openPages = 0
    private var closedPages = 0
    private var problems: [Route: String] = [:]

    init(_ address: String) {
        self.address = address
    }

    func begin() -> [APIRequest] {
        [
            DataAPI.positions(of: address), DataAPI.closedPositions(of: address),
            DataAPI.trades(of: address, limit: Activity.window), Gamma.profile(of: address),
        ]
    }

    mutating func take(_ answer: LookupAnswer, to request: APIRequest) throws(APIError) -> [APIRequest] {
        switch (request.route, answer) {
        case (_, .failed(let reason)): abandon(request.route, reason)
        case (.gammaProfile, .notFound): answers.account = .some(.none)
        case (_, .notFound): abandon(request.route, "HTTP 404")
        case (.dataPositions, .body(let body)): return takeOpen(try DataAPI.positions(in: body))
        case (.dataClosedPositions, .body(let body)):
            return takeClosed(try DataAPI.closedPositions(in: body))
        case (.dataTrades, .body(let body)):
            let page = try DataAPI.trades(in: body)
            answers.trades = TradeSummary(page.rows, unreadable: page.unreadable)
        case (.gammaProfile, .body(let body)): answers.account = .known(try Gamma.profile(in: body))
        case (_, .body): break
        }
        return []
    }

    func result(at now: Timestamp) -> LookupResult {
        guard answers.open != nil || answers.closed != nil || answers.trades != nil || answers.account != nil
        else {
            // All routes failed, usually for the same reason.
            let first = Route.allCases.first { problems[$0] != nil }
            return .failed(first.map { "\($0.rawValue): \(problems[$0]!)" } ?? "no answer")
        }
        return .wallet(WalletSnapshot(WalletProfile(answers, asOf: now), problems: problems))
    }

    private mutating func takeOpen(_ page: Page<DataAPI.Position>) -> [APIRequest] {
        answers.open =
            (answers.open ?? [])
            + page.rows.filter { $0.size > .zero && openSeen.insert($0.asset.hashValue).inserted }
        if page.unreadable > 0 { answers.isTruncated = true }
        openPages += 1
        guard page.count >= DataAPI.positionsPage else { return [] }
        guard openPages < Self.maxOpenPages else {
            answers.isTruncated = true
            return []
        }
        return [DataAPI.positions(of: address, from: openPages * DataAPI.positionsPage)]
    }

    private mutating func takeClosed(_ page: Page<DataAPI.ClosedPosition>) -> [APIRequest] {
        answers.closed =
            (answers.closed ?? [])
            + page.rows.filter { closedSeen.insert($0.hashValue).inserted }.map(\.realizedProfit)
        if page.unreadable > 0 { answers.isTruncated = true }
        closedPages += 1
        guard page.count >= DataAPI.closedPositionsPage else { return [] }
        guard closedPages < Self.maxClosedPages else {
            answers.isTruncated = true
            return []
        }
        return [DataAPI.closedPositions(of: address, from: closedPages * DataAPI.closedPositionsPage)]
    }

    /// Drops an incomplete list, because its sum would look like the total.
    private mutating func abandon(_ route: Route, _ reason: String) {
        problems[route] = reason
        switch route {
        case .dataPositions: answers.open = nil
        case .dataClosedPositions: answers.closed = nil
        default: break
        }
    }
}
