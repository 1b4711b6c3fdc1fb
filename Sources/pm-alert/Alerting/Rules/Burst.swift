import PMRecord

/// Trades that share one alert: the fills of a transaction, and further trades of the same party soon after.
///
/// A party is a wallet on one side of one outcome, as taker or as maker. Only the trades of one party are added up: a
/// transaction has the rows of both sides of the match, and a sum over all rows would count the same shares twice.
package struct Burst: Sendable, Equatable {
    /// The ids of all trades of the burst, in order of arrival.
    private(set) var trades: [String]
    /// Their transaction hashes; the trade's id where it has no hash.
    private(set) var transactions: [String]
    /// The number of trades in ``value``.
    package private(set) var count: Int
    /// The sum in dollars, over the trades of the party.
    package private(set) var value: Decimal
    /// The number of shares, over the trades of the party.
    private(set) var size: Decimal
    let first: Timestamp?
    private(set) var last: Timestamp?
    private var party: String

    /// The most trades of one burst; the next trade starts another.
    private static let capacity = 500
    /// The longest time from the first trade to the last.
    private static let longest = Duration.seconds(120)

    init(_ trade: AlertTrade) {
        trades = [trade.id]
        transactions = [trade.transaction ?? trade.id]
        count = 1
        (value, size) = (trade.value ?? .zero, trade.size ?? .zero)
        (first, last) = (trade.time, trade.time)
        party = trade.party
    }

    /// Restores a burst from the outbox.
    ///
    /// - Parameter trade: A trade of the burst's party.
    init(
        trades: [String], transactions: [String], count: Int, value: Decimal, size: Decimal,
        first: Timestamp?, last: Timestamp?, partyOf trade: AlertTrade
    ) {
        self.trades = trades
        self.transactions = transactions
        self.count = count
        (self.value, self.size) = (value, size)
        (self.first, self.last) = (first, last)
        party = trade.party
    }

    /// The average price in dollars a share; `nil` where the sizes are unknown.
    var price: Decimal? {
        guard let value = value.micros, let size = size.micros, size > 0, value < 1 << 80 else { return nil }
        return Decimal(micros: (value * 1_000_000 + size / 2) / size)
    }

    /// Returns true if the trade belongs to the burst: it is of the same party, and no longer than `pause` after the
    /// last trade or before the first.
    func continues(with trade: AlertTrade, within pause: Duration) -> Bool {
        guard pause > .zero, trade.wallet != nil, trade.party == party, trades.count < Self.capacity,
            let first, let last,
            let time = trade.time
        else { return false }
        return last.duration(to: time) <= pause && time.duration(to: first) <= pause
            && first.duration(to: time) <= Self.longest
    }

    /// Adds a trade.
    ///
    /// - Parameter mayLead: True if a trade of another party takes over when it is larger than the sum so far.
    /// - Returns: True if the burst has changed.
    mutating func add(_ trade: AlertTrade, mayLead: Bool) -> Bool {
        guard !trades.contains(trade.id), trades.count < Self.capacity else { return false }
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
    /// The wallet, market, side and outcome as one key, and whether the wallet is a maker.
    var party: String {
        let parts = [wallet ?? "", condition ?? "", side?.rawValue ?? "", asset ?? outcome]
        return (parts + (isMaker ? [Role.maker.rawValue] : [])).joined(separator: "|")
    }
}

extension Decimal {
    /// Returns the sum in whole millionths.
    func adding(_ other: Decimal) -> Decimal {
        Decimal(micros: (micros ?? 0) + (other.micros ?? 0))
    }
}
