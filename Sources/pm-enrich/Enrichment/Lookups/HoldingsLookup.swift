import PMRecord
import PolymarketAPI

/// The shares that a wallet holds in one market, by token.
package struct MarketHoldings: Sendable {
    struct Holding: Sendable {
        let shares: Micros
        let lastEventAt: Timestamp?
    }

    private(set) var holdings: [String: Holding] = [:]

    init(_ rows: [DataAPI.PositionRow]) {
        for row in rows {
            holdings[row.asset] = Holding(shares: row.size ?? .zero, lastEventAt: row.lastEventAt)
        }
    }

    /// Returns the shares of a token after a trade. The service shows a trade some seconds late; until then the trade is
    /// added to what is held.
    func shares(of asset: String, after side: Side, _ size: Micros, at time: Timestamp) -> Micros {
        let holding = holdings[asset]
        let held = holding?.shares ?? .zero
        // The feed's time is up to two seconds before that of the block.
        let isShown = holding?.lastEventAt.map { $0 >= time.advanced(by: .seconds(-2)) } ?? (side == .sell)
        guard !isShown else { return held }
        return side == .buy ? held + size : max(.zero, held - size)
    }

    /// Returns the shares of the market's other tokens.
    func sharesBeside(_ asset: String) -> Micros {
        holdings.reduce(.zero) { $1.key == asset ? $0 : $0 + $1.value.shares }
    }
}

/// Reads a wallet's positions in one market, in one request.
struct HoldingsLookup: Lookup {
    private let wallet: String
    private let conditionID: ConditionID
    private var holdings: MarketHoldings?
    private var problem: String?

    init(wallet: String, conditionID: String) {
        self.wallet = wallet
        self.conditionID = ConditionID(conditionID)
    }

    func begin(_ context: inout LookupContext) -> [FollowUp] { [FollowUp(read.request(at: .start))] }

    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        switch answer {
        case .body(let body):
            let page = try read.page(in: body)
            context.note(page.drift, from: request.route)
            holdings = MarketHoldings(page.rows.filter { $0.conditionID == conditionID })
        case .absent(let status): problem = "HTTP \(status)"
        case .failed(let reason): problem = reason
        }
        return []
    }

    func result(at now: Timestamp) -> LookupResult {
        if let problem { return .failed(problem) }
        return holdings.map { .holdings($0) } ?? .notFound
    }

    private var read: DataAPI.PositionsRead {
        var read = DataAPI.PositionsRead(.v2, of: wallet, .open)
        read.conditions = [conditionID]
        read.limit = 10
        return read
    }
}
