import PMRecord
import PolymarketAPI

/// Finds the wallet of a trade: among the Data API's taker trades around its time, then among all trades, then in the
/// transaction's receipt.
///
/// Version 2 of the Data API takes no window of time for a market, so the newest rows are read back to the trade.
struct OwnerLookup: Lookup {
    /// The delay after which the Data API usually shows a trade. Source: docs/POLYMARKET.md, "Data API v2".
    static let visibility = Duration.seconds(7)
    private static let maxPages = 10
    /// A receipt that a node does not have yet is asked for again, while the trade is recent.
    private static let receipts = (attempts: 4, pause: Duration.seconds(2), maxAge: Duration.seconds(60))

    private let query: OwnerQuery
    private var walk: PageWalk<DataAPI.TradesRead>?
    /// The rows with the same transaction, or near the trade.
    private var candidates: [DataAPI.TradeRow] = []
    private var restarts = 0
    private var receiptAttempts = 0
    private var owner: TradeOwner?
    /// The owner of a similar trade, of any transaction: used if nothing better is found.
    private var guess: TradeOwner?
    private var problem: String?

    init(_ query: OwnerQuery) {
        self.query = query
    }

    mutating func begin(_ context: inout LookupContext) -> [FollowUp] {
        let visible = query.time.advanced(by: Self.visibility)
        let delay = min(max(.zero, context.now.time.duration(to: visible)), Self.visibility)
        return start(takerOnly: true, after: delay, &context)
    }

    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        if request.route == .polygonReceipt { return try takeReceipt(answer, request, context) }
        switch answer {
        case .failed(let reason): problem = "\(request.route.rawValue): \(reason)"
        case .absent(let status):
            if restarts < maxRestarts {
                restarts += 1
                return start(takerOnly: walk!.read.takerOnly, &context)
            }
            problem = "\(request.route.rawValue): HTTP \(status)"
        case .body(let body):
            let page = try walk!.read.page(in: body)
            context.note(page.drift, from: request.route)
            let rows = walk!.take(page, at: context.now.instant)
            candidates += rows.filter { query.isCandidate($0) }
            owner = query.owner(ofTransactionAmong: candidates)
            if owner != nil { return [] }
            if let next = walk!.request, !rows.contains(where: { query.isBefore($0) }) {
                return [FollowUp(next)]
            }
            if walk!.count == 0, let read = walk!.read.withShortIDs { return start(read, &context) }
        }
        return afterList(context: &context)
    }

    func result(at now: Timestamp) -> LookupResult {
        if let owner = owner ?? guess { return .owner(owner) }
        return problem.map { .failed($0) } ?? .notFound
    }

    private mutating func start(
        takerOnly: Bool, after delay: Duration = .zero, _ context: inout LookupContext
    ) -> [FollowUp] {
        var read = DataAPI.TradesRead(
            context.version(for: .trades), market: .conditions([ConditionID(query.conditionID)]),
            takerOnly: takerOnly)
        let tolerance = OwnerQuery.tolerance
        read.window = query.time.advanced(by: .zero - tolerance)...query.time.advanced(by: tolerance)
        // A recent trade is among the newest rows. Before an older one there may be many.
        read.limit = query.time.duration(to: context.now.time) < .seconds(60) ? 100 : 1000
        return start(read, after: delay, &context)
    }

    private mutating func start(
        _ read: DataAPI.TradesRead, after delay: Duration = .zero, _ context: inout LookupContext
    ) -> [FollowUp] {
        candidates = []
        walk = PageWalk(
            read, within: PageWalk.Bounds(pages: Self.maxPages), at: context.now.instant)
        return [FollowUp(walk!.request!, after: delay)]
    }

    /// Goes on after one of the two lists of trades.
    private mutating func afterList(context: inout LookupContext) -> [FollowUp] {
        guess = guess ?? query.owner(ofSimilarAmong: candidates)
        let receipt = context.polygonNodes > 0 ? query.transactionHash.map { Polygon.receipt(of: $0) } : nil
        if receipt == nil, guess != nil { return [] }
        if walk!.read.takerOnly { return start(takerOnly: false, &context) }
        return receipt.map { [FollowUp($0)] } ?? []
    }

    private mutating func takeReceipt(
        _ answer: LookupAnswer, _ request: APIRequest, _ context: LookupContext
    ) throws(APIError) -> [FollowUp] {
        var mayRepeat = false
        switch answer {
        case .body(let body):
            switch try Polygon.receipt(in: body) {
            case .receipt(let receipt): owner = query.owner(among: receipt.fills)
            case .notYet:
                let isRecent = query.time.duration(to: context.now.time) < Self.receipts.maxAge
                mayRepeat = isRecent && receiptAttempts + 1 < Self.receipts.attempts
            }
        case .absent(let status): problem = "\(request.route.rawValue): HTTP \(status)"
        case .failed(let reason):
            problem = "\(request.route.rawValue): \(reason)"
            // The next attempt goes to another node.
            mayRepeat = receiptAttempts + 1 < context.polygonNodes
        }
        receiptAttempts += 1
        return mayRepeat ? [FollowUp(request, after: Self.receipts.pause)] : []
    }
}
