import PMRecord
import PolymarketAPI

/// Reads the first 200 places of a period: one page of version 2 of the Data API, or several of version 1.
struct LeaderboardLookup: Lookup {
    private static let maxPlaces = 200

    private let period: Leaderboard.Period
    private var walk: PageWalk<DataAPI.LeaderboardRead>?
    private var places: [DataAPI.BoardPlace] = []
    private var problem: String?
    private var restarts = 0

    init(_ period: Leaderboard.Period) {
        self.period = period
    }

    mutating func begin(_ context: inout LookupContext) -> [FollowUp] {
        let read = DataAPI.LeaderboardRead(
            context.version(for: .leaderboard), period, limit: Self.maxPlaces)
        walk = PageWalk(
            read, within: PageWalk.Bounds(rows: Self.maxPlaces), at: context.now.instant)
        places = []
        return nextPage()
    }

    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        switch answer {
        case .body(let body):
            let page = try walk!.read.page(in: body)
            context.note(page.drift, from: request.route)
            places += walk!.take(page, at: context.now.instant)
            if case .stalled(let reason)? = walk!.end { problem = reason }
            return nextPage()
        case .absent(let status):
            if restarts < maxRestarts {
                restarts += 1
                return begin(&context)
            }
            problem = "HTTP \(status)"
        case .failed(let reason): problem = reason
        }
        return []
    }

    func result(at now: Timestamp) -> LookupResult {
        // A partial board would remove the ranks of all wallets that it lacks.
        if let problem { return .failed(problem) }
        // A place without a profit says nothing that a record could hold.
        let known = places.filter { $0.profit != nil }.prefix(Self.maxPlaces)
        return known.isEmpty ? .failed("no places") : .leaderboard(Array(known))
    }

    private func nextPage() -> [FollowUp] {
        walk?.request.map { [FollowUp($0)] } ?? []
    }
}
