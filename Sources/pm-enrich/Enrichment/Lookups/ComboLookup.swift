import PMRecord
import PolymarketAPI

/// Reads the legs of a combo from the positions of a wallet that holds it, else its title from the Data API's tokens.
///
/// Gamma and the order books do not know combos. Source: docs/POLYMARKET.md, "Identifiers".
struct ComboLookup: Lookup {
    private static let maxPages = 3

    private let conditionID: ConditionID
    private let wallet: String?
    private var walk: PageWalk<DataAPI.ComboPositionsRead>?
    private var position: DataAPI.ComboPosition?
    private var tokens: [DataAPI.TokenRow] = []
    private var problem: String?

    init(_ conditionID: ConditionID, wallet: String?) {
        self.conditionID = conditionID
        self.wallet = wallet
    }

    mutating func begin(_ context: inout LookupContext) -> [FollowUp] {
        guard let wallet else { return [FollowUp(tokensRead.request())] }
        walk = PageWalk(
            DataAPI.ComboPositionsRead(of: wallet), within: PageWalk.Bounds(pages: Self.maxPages),
            at: context.now.instant)
        return nextPage()
    }

    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        let isWalk = request.route == .dataV2ComboPositions
        switch answer {
        case .body(let body) where isWalk:
            let page = try walk!.read.page(in: body)
            context.note(page.drift, from: request.route)
            position = walk!.take(page, at: context.now.instant).first { $0.conditionID == conditionID }
            if position != nil { return [] }
            return nextPage()
        case .body(let body):
            let page = try tokensRead.page(in: body)
            context.note(page.drift, from: request.route)
            tokens = page.rows.filter { $0.conditionID == conditionID }
            // What the positions could not say is said here.
            if !tokens.isEmpty { problem = nil }
        case .absent: break
        case .failed(let reason): problem = reason
        }
        return isWalk ? [FollowUp(tokensRead.request())] : []
    }

    func result(at now: Timestamp) -> LookupResult {
        if let position { return .market(MarketSnapshot(position, asOf: now)) }
        if let problem { return .failed(problem) }
        return MarketSnapshot(tokens, asOf: now).map { .market($0) } ?? .notFound
    }

    private func nextPage() -> [FollowUp] {
        [FollowUp(walk?.request ?? tokensRead.request())]
    }

    private var tokensRead: DataAPI.TokensRead { DataAPI.TokensRead(.conditions([conditionID])) }
}
