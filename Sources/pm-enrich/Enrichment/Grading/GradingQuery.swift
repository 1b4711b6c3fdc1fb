import PMRecord
import PolymarketAPI

/// One question that is asked to grade trades.
package enum GradingQuery: Hashable, Sendable {
    /// The last price of a token at or before a time, and not before `since`.
    case price(asset: String, since: Timestamp, at: Timestamp)
    case resolution(conditionID: String)
    /// The final price of a token: of a combo, which has no resolution of its own, and of a token whose place among
    /// the outcomes is not known.
    case finalPrice(asset: String)
}

/// The answer to a ``GradingQuery``. `nil` says that the service has no such thing.
package enum GradingAnswer: Sendable {
    case price(Micros?)
    case resolution(DataAPI.Resolution?)
    case finalPrice(Micros?)
}

/// Asks one ``GradingQuery``, in one request.
struct GradingLookup: Lookup {
    private let query: GradingQuery
    private var answer: GradingAnswer
    private var problem: String?

    init(_ query: GradingQuery) {
        self.query = query
        switch query {
        case .price: answer = .price(nil)
        case .resolution: answer = .resolution(nil)
        case .finalPrice: answer = .finalPrice(nil)
        }
    }

    func begin(_ context: inout LookupContext) -> [FollowUp] {
        switch query {
        case .price(let asset, let since, let time):
            // A resolved or new market may have changed within the cache's time.
            [FollowUp(priceRead(asset, since, time).request(at: .start))]
        case .resolution(let conditionID): [FollowUp(resolutionRead(conditionID).request())]
        case .finalPrice(let asset): [FollowUp(DataAPI.TokensRead(.tokens([asset])).request())]
        }
    }

    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        switch answer {
        case .failed(let reason): problem = reason
        case .absent: break
        case .body(let body): self.answer = try read(body, from: request.route, &context)
        }
        return []
    }

    func result(at now: Timestamp) -> LookupResult {
        problem.map { .failed($0) } ?? .grading(answer)
    }

    private func read(
        _ body: [UInt8], from route: Route, _ context: inout LookupContext
    ) throws(APIError) -> GradingAnswer {
        switch query {
        case .price(let asset, let since, let time):
            let page = try priceRead(asset, since, time).page(in: body)
            context.note(page.drift, from: route)
            return .price(page.rows.last { $0.time <= time }?.price)
        case .resolution(let conditionID):
            let page = try resolutionRead(conditionID).page(in: body)
            context.note(page.drift, from: route)
            return .resolution(page.rows.first { $0.conditionID.text == conditionID })
        case .finalPrice(let asset):
            let page = try DataAPI.TokensRead(.tokens([asset])).page(in: body)
            context.note(page.drift, from: route)
            return .finalPrice(page.rows.first { $0.asset == asset && $0.isResolved == true }?.finalPrice)
        }
    }

    private func priceRead(
        _ asset: String, _ since: Timestamp, _ time: Timestamp
    ) -> DataAPI.PriceHistoryRead {
        // The end of the range is exclusive, in whole seconds.
        DataAPI.PriceHistoryRead(
            of: asset, .since(since, until: time.advanced(by: .seconds(1))), bucket: 60)
    }

    private func resolutionRead(_ conditionID: String) -> DataAPI.ResolutionsRead {
        DataAPI.ResolutionsRead(.conditions([ConditionID(conditionID)]))
    }
}
