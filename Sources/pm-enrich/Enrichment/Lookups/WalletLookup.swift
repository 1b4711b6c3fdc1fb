import PMRecord
import PolymarketAPI

/// Asks what a wallet holds, what it closed, how it traded and who it says it is, all at once.
///
/// Positions are paged through, so that a win rate is not that of the first page; the pages are bounded, and a
/// wallet that has more, or of which a position could not be read, is called truncated.
struct WalletLookup: Lookup {
    /// Pages read at most.
    private static let mostOpenPages = 4
    private static let mostClosedPages = 10

    private let address: String
    private var parts = WalletParts()
    /// Hashes of the rows that were read: one of a position that moved between two pages, and came with both, counts
    /// once.
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

    mutating func take(_ answer: Answer, to request: APIRequest) throws(APIError) -> [APIRequest] {
        switch (request.route, answer) {
        case (_, .failed(let reason)): give(up: request.route, reason)
        case (.gammaProfile, .none): parts.account = .some(.none)
        case (_, .none): give(up: request.route, "HTTP 404")
        case (.dataPositions, .body(let body)): return takeOpen(try DataAPI.positions(in: body))
        case (.dataClosedPositions, .body(let body)):
            return takeClosed(try DataAPI.closedPositions(in: body))
        case (.dataTrades, .body(let body)):
            let page = try DataAPI.trades(in: body)
            parts.trades = TradeHistory(page.rows, unreadable: page.unreadable)
        case (.gammaProfile, .body(let body)): parts.account = .known(try Gamma.profile(in: body))
        case (_, .body): break
        }
        return []
    }

    func finding(at now: Timestamp) -> Finding {
        guard parts.open != nil || parts.closed != nil || parts.trades != nil || parts.account != nil else {
            // All of them are away, and mostly for one reason.
            let first = Route.allCases.first { problems[$0] != nil }
            return .failed(first.map { "\($0.rawValue): \(problems[$0]!)" } ?? "no answer")
        }
        return .wallet(WalletFinding(WalletProfile(parts, asOf: now), problems: problems))
    }

    private mutating func takeOpen(_ page: Page<DataAPI.Position>) -> [APIRequest] {
        parts.open =
            (parts.open ?? [])
            + page.rows.filter { $0.size > .zero && openSeen.insert($0.asset.hashValue).inserted }
        if page.unreadable > 0 { parts.isTruncated = true }
        openPages += 1
        guard page.count >= DataAPI.positionsPage else { return [] }
        guard openPages < Self.mostOpenPages else {
            parts.isTruncated = true
            return []
        }
        return [DataAPI.positions(of: address, from: openPages * DataAPI.positionsPage)]
    }

    private mutating func takeClosed(_ page: Page<DataAPI.ClosedPosition>) -> [APIRequest] {
        parts.closed =
            (parts.closed ?? [])
            + page.rows.filter { closedSeen.insert($0.hashValue).inserted }.map(\.realizedProfit)
        if page.unreadable > 0 { parts.isTruncated = true }
        closedPages += 1
        guard page.count >= DataAPI.closedPositionsPage else { return [] }
        guard closedPages < Self.mostClosedPages else {
            parts.isTruncated = true
            return []
        }
        return [DataAPI.closedPositions(of: address, from: closedPages * DataAPI.closedPositionsPage)]
    }

    /// A list of which a page is missing is worse than none: its sum would be taken for the whole.
    private mutating func give(up route: Route, _ reason: String) {
        problems[route] = reason
        switch route {
        case .dataPositions: parts.open = nil
        case .dataClosedPositions: parts.closed = nil
        default: break
        }
    }
}
