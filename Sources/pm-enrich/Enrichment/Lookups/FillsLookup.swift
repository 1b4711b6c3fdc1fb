import PMRecord
import PolymarketAPI

/// Reads the fills of a transaction from its receipt. A receipt that a node does not have yet is asked for again.
struct FillsLookup: Lookup {
    private static let attempts = 4
    private static let pause = Duration.seconds(2)

    private let transaction: String
    private var matches: [Polygon.Match]?
    private var attempt = 1
    private var problem: String?

    init(transaction: String) {
        self.transaction = transaction
    }

    func begin(_ context: inout LookupContext) -> [FollowUp] {
        [FollowUp(Polygon.receipt(of: transaction))]
    }

    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        problem = nil
        switch answer {
        case .body(let body):
            switch try Polygon.receipt(in: body) {
            case .receipt(let receipt):
                matches = receipt.isReverted ? [] : receipt.matches
                return []
            case .notYet: break
            }
        case .absent(let status): problem = "HTTP \(status)"
        case .failed(let reason): problem = reason
        }
        attempt += 1
        return attempt <= Self.attempts ? [FollowUp(request, after: Self.pause)] : []
    }

    func result(at now: Timestamp) -> LookupResult {
        if let matches { return .matches(matches) }
        return problem.map { .failed($0) } ?? .notFound
    }
}
