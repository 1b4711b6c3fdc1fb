import PolymarketAPI

/// A part of a wallet's profile that is read by itself.
enum ProfilePart: Sendable, CaseIterable {
    /// Positions held, and positions that were left.
    case open, closed
    /// The last trades.
    case trades
    /// The first of all trades, to find whether there are fewer than ten.
    case firstTrades
    /// The figures of the wallet's whole life, and its volume, where those lack the number of trades.
    case stats, volume
    /// Combos, where the statistics show a result of any.
    case combos
    /// The value of the portfolio.
    case value
    /// The most valuable position, where not all of them were read.
    case largest
    /// The public profile.
    case account

    /// The read of the Data API whose version applies; `nil` where only one version has it.
    var resource: DataResource? {
        switch self {
        case .open, .closed: .positions
        case .trades, .firstTrades: .trades
        case .stats: .userStats
        case .value: .value
        case .volume, .combos, .largest, .account: nil
        }
    }
}

/// The reason for which a part of a profile is missing.
struct ProfileProblem: Sendable {
    /// The route and the reason.
    let text: String

    init(_ route: Route, _ reason: String) {
        text = "\(route.rawValue): \(reason)"
    }
}
