import PolymarketAPI

/// The results of one trade's look-ups so far.
package struct EnrichmentResults: Sendable {
    private var walletResult: LookupResult?
    private var marketResult: LookupResult?
    private var book: LookupResult?
    private var owner: LookupResult?
    /// For signals only.
    private var holdingsResult: LookupResult?
    private var fillsResult: LookupResult?

    package init() {}

    package subscript(key: LookupKey) -> LookupResult? {
        get {
            switch key {
            case .wallet: walletResult
            case .market, .token, .combo: marketResult
            case .book: book
            case .owner: owner
            case .holdings: holdingsResult
            case .fills: fillsResult
            case .leaderboard, .grading: nil
            }
        }
        set {
            switch key {
            case .wallet: walletResult = newValue
            case .market, .token, .combo: marketResult = newValue
            case .book: book = newValue
            case .owner: owner = newValue
            case .holdings: holdingsResult = newValue
            case .fills: fillsResult = newValue
            case .leaderboard, .grading: break
            }
        }
    }

    /// The results in the order of their record keys.
    var inOrder: [LookupResult] { [owner, walletResult, marketResult, book].compactMap { $0 } }

    /// The approximate memory, in bytes.
    var weight: Int {
        (inOrder + [holdingsResult, fillsResult].compactMap(\.self)).reduce(0) { $0 + $1.weight }
    }

    var profile: WalletProfile? {
        if case .wallet(let wallet)? = walletResult { wallet.profile } else { nil }
    }

    var market: MarketSnapshot? { if case .market(let market)? = marketResult { market } else { nil } }

    var holdings: MarketHoldings? {
        if case .holdings(let holdings)? = holdingsResult { holdings } else { nil }
    }

    var matches: [Polygon.Match]? { if case .matches(let matches)? = fillsResult { matches } else { nil } }
}
