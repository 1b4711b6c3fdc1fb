import PMRecord
import PolymarketAPI

/// Something to be found out once, for all the trades that wait for it.
package enum LookupKey: Hashable, Sendable {
    case market(conditionID: String)
    case wallet(String)
    case book(asset: String)

    /// As it is called in reasons and figures.
    package var name: String {
        switch self {
        case .market: "market"
        case .wallet: "wallet"
        case .book: "book"
        }
    }

    func makeLookup() -> any Lookup {
        switch self {
        case .market(let conditionID): MarketLookup(conditionID)
        case .wallet(let address): WalletLookup(address)
        case .book(let asset): BookLookup(asset)
        }
    }
}

/// How something is found out: in one request or in many, some of which depend on what others brought.
protocol Lookup: Sendable {
    /// The requests to begin with.
    func begin() -> [APIRequest]

    /// Takes one answer in; the requests that follow from it.
    mutating func take(_ answer: Answer, to request: APIRequest) -> [APIRequest]

    /// What it came to, once every request is answered.
    func finding(at now: Timestamp) -> Finding
}
