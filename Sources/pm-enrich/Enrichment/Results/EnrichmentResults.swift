/// The results of one trade's look-ups so far.
package struct EnrichmentResults: Sendable {
    private var wallet: LookupResult?
    private var market: LookupResult?
    private var book: LookupResult?
    private var owner: LookupResult?

    package init() {}

    package subscript(key: LookupKey) -> LookupResult? {
        get {
            switch key {
            case .wallet: wallet
            case .market, .token, .combo: market
            case .book: book
            case .owner: owner
            case .leaderboard, .grading: nil
            }
        }
        set {
            switch key {
            case .wallet: wallet = newValue
            case .market, .token, .combo: market = newValue
            case .book: book = newValue
            case .owner: owner = newValue
            case .leaderboard, .grading: break
            }
        }
    }

    /// The results in the order of their record keys.
    var inOrder: [LookupResult] { [owner, wallet, market, book].compactMap { $0 } }

    /// The approximate memory, in bytes.
    var weight: Int { inOrder.reduce(0) { $0 + $1.weight } }
}
