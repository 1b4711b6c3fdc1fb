import PMRecord
import PolymarketAPI

/// Identifies a look-up.
package enum LookupKey: Hashable, Sendable {
    case market(conditionID: String)
    /// The market of a trade that names only its token.
    case token(asset: String)
    /// - Parameter wallet: A wallet that holds the combo; its positions name the legs.
    case combo(conditionID: String, wallet: String?)
    case wallet(String)
    case book(asset: String)
    case owner(OwnerQuery)
    case leaderboard(Leaderboard.Period)
    /// The wallet's positions in one market, for signals.
    case holdings(wallet: String, conditionID: String)
    /// The fills of a transaction, for signals.
    case fills(transaction: String)
    /// A later price or the resolution of a trade's market, to grade the trade.
    case grading(GradingQuery)

    /// The name in `enrichment_reason`.
    package var name: String {
        switch self {
        case .market, .token, .combo: "market"
        case .wallet: "wallet"
        case .book: "book"
        case .owner: "owner"
        case .leaderboard: "leaderboard"
        case .holdings: "holdings"
        case .fills: "fills"
        case .grading: "grading"
        }
    }

    /// The approximate memory of its texts, in bytes.
    var weight: Int {
        switch self {
        case .market(let text), .token(let text), .wallet(let text), .book(let text): text.utf8.count
        case .combo(let conditionID, let wallet): conditionID.utf8.count + (wallet?.utf8.count ?? 0)
        case .owner(let query):
            query.conditionID.utf8.count + query.asset.utf8.count
                + (query.transactionHash?.utf8.count ?? 0)
        case .holdings(let wallet, let conditionID): wallet.utf8.count + conditionID.utf8.count
        case .fills(let transaction): transaction.utf8.count
        case .leaderboard, .grading: 0
        }
    }

    /// - Parameter wasAbsent: True if the last answer was that there is no such thing.
    func makeLookup(wasAbsent: Bool) -> any Lookup {
        switch self {
        case .market(let conditionID):
            MarketLookup(.condition(ConditionID(conditionID)), wasAbsent: wasAbsent)
        case .token(let asset): MarketLookup(.token(asset), wasAbsent: wasAbsent)
        case .combo(let conditionID, let wallet): ComboLookup(ConditionID(conditionID), wallet: wallet)
        case .wallet(let address): WalletLookup(address)
        case .book(let asset): BookLookup(asset)
        case .owner(let query): OwnerLookup(query)
        case .leaderboard(let period): LeaderboardLookup(period)
        case .holdings(let wallet, let conditionID): HoldingsLookup(wallet: wallet, conditionID: conditionID)
        case .fills(let transaction): FillsLookup(transaction: transaction)
        case .grading(let query): GradingLookup(query)
        }
    }
}

/// A look-up in one or more requests. Later requests may depend on earlier answers.
protocol Lookup: Sendable {
    /// Returns the first requests.
    mutating func begin(_ context: inout LookupContext) -> [FollowUp]

    /// Takes an answer, and returns the requests that follow.
    ///
    /// - Throws: ``APIError`` for an unreadable answer. The scheduler then passes `.failed`, for which it does not throw.
    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp]

    /// Returns the result, after every request has been answered.
    func result(at now: Timestamp) -> LookupResult
}

/// The number of times that a list is read again from its start after its route answered as absent: once for the second
/// answer that makes the version change, and once with the other version.
let maxRestarts = 2
