import PMRecord
import PolymarketAPI

/// Reads a market: from Gamma's list of open ones, then from the closed ones, then from the Data API, which knows markets
/// that Gamma does not list.
///
/// A market that is known by its token alone is looked up in the Data API first. Source: docs/POLYMARKET.md, "Identifiers".
struct MarketLookup: Lookup {
    enum Subject {
        case condition(ConditionID)
        case token(String)
    }

    private enum Step {
        /// The Data API, to find the market of a token.
        case token
        case open, closed
        /// The Data API, as Gamma does not list the market.
        case unlisted
    }

    private let subject: Subject
    private let wasAbsent: Bool
    private var step: Step
    private var market: Gamma.Market?
    private var tokens: [DataAPI.TokenRow] = []
    private var problem: String?

    /// - Parameter wasAbsent: True if the last look-up found nothing. The request then bypasses Gamma's
    ///   cache, which keeps such an answer for minutes, because the market may be new.
    init(_ subject: Subject, wasAbsent: Bool) {
        self.subject = subject
        self.wasAbsent = wasAbsent
        switch subject {
        case .condition: step = .open
        case .token: step = .token
        }
    }

    func begin(_ context: inout LookupContext) -> [FollowUp] { [FollowUp(request)] }

    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        switch answer {
        case .body(let body): try read(body, &context)
        case .absent: break
        case .failed(let reason):
            // Gamma knows most markets without the help of the Data API.
            guard step == .token else {
                problem = reason
                return []
            }
        }
        guard market == nil, let next = nextStep else { return [] }
        step = next
        return [FollowUp(self.request)]
    }

    func result(at now: Timestamp) -> LookupResult {
        if let problem { return .failed(problem) }
        if let market { return .market(MarketSnapshot(market, asOf: now)) }
        return MarketSnapshot(tokens, asOf: now).map { .market($0) } ?? .notFound
    }

    private mutating func read(_ body: [UInt8], _ context: inout LookupContext) throws(APIError) {
        switch step {
        case .token, .unlisted:
            let page = try tokensRead.page(in: body)
            context.note(page.drift, from: .dataV2Tokens)
            tokens = page.rows.filter { row in
                switch subject {
                case .condition(let id): row.conditionID == id
                case .token(let asset): row.asset == asset
                }
            }
        case .open, .closed:
            let page = try marketsRead.page(in: body)
            context.note(page.drift, from: .gammaMarketsKeyset)
            guard page.count == 0 || page.unreadable < page.count else {
                throw APIError(
                    .form, "no market can be read: \(page.firstProblem ?? "")", from: .gammaMarketsKeyset)
            }
            market = page.rows.first { market in
                if let conditionID { return market.conditionID == conditionID.text }
                guard case .token(let asset) = subject else { return false }
                return market.assets.contains(asset)
            }
        }
    }

    private var nextStep: Step? {
        switch step {
        // A combo is no market of Gamma.
        case .token: tokens.first?.marketType == .combo ? nil : .open
        case .open: .closed
        case .closed:
            if case .condition = subject { .unlisted } else { nil }
        case .unlisted: nil
        }
    }

    /// The market's id, once it is known.
    private var conditionID: ConditionID? {
        switch subject {
        case .condition(let id): id
        case .token: tokens.first?.conditionID
        }
    }

    private var request: APIRequest {
        switch step {
        case .token, .unlisted: tokensRead.request()
        case .open, .closed:
            wasAbsent
                ? marketsRead.request(at: .start).bypassingCache : marketsRead.request(at: .start)
        }
    }

    private var tokensRead: DataAPI.TokensRead {
        switch subject {
        case .condition(let id): DataAPI.TokensRead(.conditions([id]))
        case .token(let asset): DataAPI.TokensRead(.tokens([asset]))
        }
    }

    private var marketsRead: Gamma.MarketsRead {
        let read: Gamma.MarketsRead
        switch (conditionID, subject) {
        case (let id?, _), (nil, .condition(let id)): read = Gamma.MarketsRead(.conditions([id]))
        case (nil, .token(let asset)): read = Gamma.MarketsRead(.tokens([asset]))
        }
        return step == .closed ? read.closed : read
    }
}
