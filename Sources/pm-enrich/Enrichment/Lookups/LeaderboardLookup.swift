import PMRecord
import PolymarketAPI

/// Reads the first 200 places of a period, page by page.
struct LeaderboardLookup: Lookup {
    private static let maxPlaces = 200

    private let period: Leaderboard.Period
    private var places: [Leaderboard.Place] = []
    /// The places received so far, including unreadable ones.
    private var count = 0
    private var problem: String?

    init(_ period: Leaderboard.Period) {
        self.period = period
    }

    func begin() -> [APIRequest] { [Leaderboard.places(period, from: 0)] }

    mutating func take(_ answer: LookupAnswer, to request: APIRequest) throws(APIError) -> [APIRequest] {
        switch answer {
        case .body(let body):
            let page = try Leaderboard.places(in: body)
            places += page.rows
            count += page.count
            let isLast = page.count < Leaderboard.page || count >= Self.maxPlaces
            return isLast ? [] : [Leaderboard.places(period, from: count)]
        case .notFound: problem = "HTTP 404"
        case .failed(let reason): problem = reason
        }
        return []
    }

    func result(at now: Timestamp) -> LookupResult {
        // A partial board would remove the ranks of all wallets that it lacks.
        if let problem { return .failed(problem) }
        if places.isEmpty { return .failed("no places") }
        return .leaderboard(Array(places.prefix(Self.maxPlaces)))
    }
}
