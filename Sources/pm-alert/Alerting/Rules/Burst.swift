import PMRecord

/// Trades that share one alert: the fills of a transaction, and further trades of the same party soon after.
///
/// A party is a wallet on one side of one outcome, as taker or as maker. Only the trades of one party are added up: a
/// transaction has the rows of both sides of the match, and a sum over all rows would count the same shares twice.
///
/// A hundred thousand bursts are remembered, nearly all of a single trade: such a burst allocates nothing.
package struct Burst: Sendable, Equatable {
    /// The ids of the first trade and of the further ones, in order of arrival.
    private let firstTrade: CompactID
    private var furtherTrades: [CompactID] = []
    let firstTransaction: CompactID
    /// The transactions after the first. A trade without a hash is one of its own.
    private(set) var furtherTransactions: [CompactID] = []
    /// The number of trades in ``value``.
    package private(set) var count: Int
    private var valueMicros: Int128
    private var sizeMicros: Int128
    let first: Timestamp?
    private(set) var last: Timestamp?
    private var party: Fingerprint

    /// The most trades of one burst; the next trade starts another.
    private static let capacity = 500
    /// The longest time from the first trade to the last.
    private static let longest = Duration.seconds(120)

    init(_ trade: AlertTrade) {
        firstTrade = CompactID(trade.id)
        firstTransaction = trade.transactionID
        count = 1
        (valueMicros, sizeMicros) = (trade.value?.micros ?? 0, trade.size?.micros ?? 0)
        (first, last) = (trade.time, trade.time)
        party = trade.party
    }

    /// Restores a burst from the outbox.
    ///
    /// - Parameters:
    ///   - trade: A trade of the burst's party.
    /// - Returns: `nil` without trades.
    init?(
        trades: [CompactID], transactions: [CompactID], count: Int, value: Decimal, size: Decimal,
        first: Timestamp?, last: Timestamp?, partyOf trade: AlertTrade
    ) {
        guard let firstTrade = trades.first else { return nil }
        self.firstTrade = firstTrade
        furtherTrades = Array(trades.dropFirst())
        firstTransaction = transactions.first ?? trade.transactionID
        furtherTransactions = Array(transactions.dropFirst())
        self.count = count
        (valueMicros, sizeMicros) = (value.micros ?? 0, size.micros ?? 0)
        (self.first, self.last) = (first, last)
        party = trade.party
    }

    /// The ids of all trades, in order of arrival.
    var trades: [CompactID] { [firstTrade] + furtherTrades }

    /// All transactions, in order of arrival.
    var transactions: [CompactID] { [firstTransaction] + furtherTransactions }

    var tradeCount: Int { 1 + furtherTrades.count }

    /// The sum in dollars, over the trades of the party.
    package var value: Decimal { Decimal(micros: valueMicros) }

    /// The number of shares, over the trades of the party.
    var size: Decimal { Decimal(micros: sizeMicros) }

    /// The average price in dollars a share; `nil` where the sizes are unknown.
    var price: Decimal? {
        guard sizeMicros > 0, valueMicros < 1 << 80 else { return nil }
        return Decimal(micros: (valueMicros * 1_000_000 + sizeMicros / 2) / sizeMicros)
    }

    /// Returns true if the trade belongs to the burst: it is of the same party, and no longer than `pause` after the
    /// last trade or before the first.
    func continues(with trade: AlertTrade, within pause: Duration) -> Bool {
        guard pause > .zero, trade.wallet != nil, trade.party == party, tradeCount < Self.capacity,
            let first, let last, let time = trade.time
        else { return false }
        return last.duration(to: time) <= pause && time.duration(to: first) <= pause
            && first.duration(to: time) <= Self.longest
    }

    /// Adds a trade.
    ///
    /// - Parameter mayLead: True if a trade of another party takes over when it is larger than the sum so far.
    /// - Returns: True if the burst has changed.
    mutating func add(_ trade: AlertTrade, mayLead: Bool) -> Bool {
        let id = CompactID(trade.id)
        guard id != firstTrade, !furtherTrades.contains(id), tradeCount < Self.capacity else { return false }
        let added = trade.value?.micros ?? 0
        if trade.party == party {
            count += 1
            valueMicros += added
            sizeMicros += trade.size?.micros ?? 0
        } else if mayLead, added > valueMicros {
            (party, count, valueMicros) = (trade.party, 1, added)
            sizeMicros = trade.size?.micros ?? 0
        } else {
            return false
        }
        furtherTrades.append(id)
        if let time = trade.time { last = max(last ?? time, time) }
        let transaction = trade.transactionID
        if transaction != firstTransaction, !furtherTransactions.contains(transaction) {
            furtherTransactions.append(transaction)
        }
        return true
    }
}

extension AlertTrade {
    /// The transaction; the trade's own id where there is no hash.
    var transactionID: CompactID { CompactID(transaction ?? id) }

    /// The wallet, market, side and outcome as one key, and whether the wallet is a maker.
    var party: Fingerprint {
        Fingerprint { hasher in
            hasher.combine(wallet)
            hasher.combine(condition)
            hasher.combine(side)
            hasher.combine(asset ?? outcome)
            hasher.combine(isMaker)
        }
    }
}
