import PMRecord
import PolymarketAPI

/// Asks for the first two hundred places of a period, page by page.
struct LeaderboardLookup: Lookup {
    private static let mostPlaces = 200

    private let period: Leaderboard.Period
    private var places: [Leaderboard.Place] = []
    /// Places that came, those that could not be read among them.
    private var count = 0
    private var problem: String?

    init(_ period: Leaderboard.Period) {
        self.period = period
    }

    func begin() -> [APIRequest] { [Leaderboard.places(period, from: 0)] }

    mutating func take(_ answer: Answer, to request: APIRequest) throws(APIError) -> [APIRequest] {
        switch answer {
        case .body(let body):
            let page = try Leaderboard.places(in: body)
            places += page.rows
            count += page.count
            let isLast = page.count < Leaderboard.page || count >= Self.mostPlaces
            return isLast ? [] : [Leaderboard.places(period, from: count)]
        case .none: problem = "HTTP 404"
        case .failed(let reason): problem = reason
        }
        return []
    }

    func finding(at now: Timestamp) -> Finding {
        // A part of the board would take the rank of all that it lacks.
        if let problem { return .failed(problem) }
        if places.isEmpty { return .failed("no places") }
        return .leaderboard(Array(places.prefix(Self.mostPlaces)))
    }
}
