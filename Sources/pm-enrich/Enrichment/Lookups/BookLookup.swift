import PMRecord
import PolymarketAPI

/// Reads an order book.
struct BookLookup: Lookup {
    private let asset: String
    private var book: OrderBook?
    private var problem: String?

    init(_ asset: String) {
        self.asset = asset
    }

    func begin(_ context: inout LookupContext) -> [FollowUp] {
        [FollowUp(CLOB.book(of: asset))]
    }

    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        switch answer {
        case .body(let body):
            book = try CLOB.book(in: body)
            context.note(CLOB.drift(in: body), from: .clobBook)
        case .absent: break
        case .failed(let reason): problem = reason
        }
        return []
    }

    func result(at now: Timestamp) -> LookupResult {
        if let problem { return .failed(problem) }
        return book.map { .book($0, asOf: now) } ?? .notFound
    }
}
