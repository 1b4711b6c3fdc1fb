import PMRecord

/// Trades that are told as one: the fills of a transaction, and what one wallet goes on doing in one market.
///
/// It is about one party: a wallet on one side of one outcome. Only that party's trades add up, for a transaction has
/// the rows of both sides, and a sum over all would count the same shares twice.
package struct Burst: Sendable, Equatable {
    /// The ids of the trades that are in it, in the order in which they came.
    package private(set) var trades: [String]
    /// Their transactions; a trade that names none stands for its own.
    package private(set) var transactions: [String]
    /// How many of the trades add up to ``value``.
    package private(set) var count: Int
    package private(set) var value: Decimal
    package private(set) var size: Decimal
    private let first: Timestamp?
    private var last: Timestamp?
    private var party: String

    /// Trades of one burst; what comes then is told as another.
    static let mostTrades = 500
    /// From the first trade to the last.
    static let longest = Duration.seconds(120)

    package init(_ trade: AlertTrade) {
        trades = [trade.id]
        transactions = [trade.transaction ?? trade.id]
        count = 1
        (value, size) = (trade.value ?? .zero, trade.size ?? .zero)
        (first, last) = (trade.time, trade.time)
        party = trade.party
    }

    /// As an earlier process left it.
    ///
    /// - Parameter trade: One of the party's.
    init(
        trades: [String], transactions: [String], count: Int, value: Decimal, size: Decimal,
        first: Timestamp?,
        last: Timestamp?, partyOf trade: AlertTrade
    ) {
        self.trades = trades
        self.transactions = transactions
        self.count = count
        (self.value, self.size) = (value, size)
        (self.first, self.last) = (first, last)
        party = trade.party
    }

    /// Dollars a share over all that adds up; `nil` where the sizes are not known.
    package var price: Decimal? {
        guard let value = value.micros, let size = size.micros, size > 0, value < 1 << 80 else { return nil }
        return Decimal(micros: (value * 1_000_000 + size / 2) / size)
    }

    /// When it began and when it was last added to, for whoever keeps it.
    var times: (first: Timestamp?, last: Timestamp?) { (first, last) }

    /// Whether the trade goes on with it: made by the same wallet on the same side of the same outcome, no longer
    /// than `pause` after the last one or before the first.
    package func continues(with trade: AlertTrade, within pause: Duration) -> Bool {
        guard pause > .zero, trade.wallet != nil, trade.party == party, trades.count < Self.mostTrades,
            let first, let last,
            let time = trade.time
        else { return false }
        return last.duration(to: time) <= pause && time.duration(to: first) <= pause
            && first.duration(to: time) <= Self.longest
    }

    /// Takes in a further trade.
    ///
    /// - Parameter mayLead: Whether a trade of another party, larger than all that is in it, takes its place.
    /// - Returns: Whether there is more to tell than before.
    package mutating func add(_ trade: AlertTrade, mayLead: Bool) -> Bool {
        guard !trades.contains(trade.id), trades.count < Self.mostTrades else { return false }
        let added = trade.value ?? .zero
        if trade.party == party {
            count += 1
            value = value.adding(added)
            size = size.adding(trade.size ?? .zero)
        } else if mayLead, added > value {
            (party, count, value, size) = (trade.party, 1, added, trade.size ?? .zero)
        } else {
            return false
        }
        trades.append(trade.id)
        if let time = trade.time { last = max(last ?? time, time) }
        let transaction = trade.transaction ?? trade.id
        if !transactions.contains(transaction) { transactions.append(transaction) }
        return true
    }
}

extension AlertTrade {
    /// Who does what: the wallet, the market, the side and the outcome.
    var party: String {
        [wallet ?? "", condition ?? "", side?.rawValue ?? "", asset ?? outcome].joined(separator: "|")
    }
}

extension Decimal {
    /// The sum in whole millionths.
    func adding(_ other: Decimal) -> Decimal {
        Decimal(micros: (micros ?? 0) + (other.micros ?? 0))
    }
}
