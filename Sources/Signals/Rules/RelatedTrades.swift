import PMRecord

/// Several large trades of different fresh wallets on one event within an hour.
package struct RelatedTrades: Sendable, Equatable {
    /// Different wallets, and the dollars of their trades.
    package let wallets: Int
    package let value: Decimal
}

/// Finds ``RelatedTrades``, in bounded memory.
package struct RelatedTradeFinder: Sendable {
    private struct Entry {
        let wallet: UInt64
        let time: Timestamp
        /// Millionths of a dollar.
        let value: Int64
    }

    private static let window = Duration.seconds(3600)
    private static let maxEntries = 64
    private let least: Decimal
    private let wallets: Int
    private let maxEvents: Int
    /// The trades of the last hour by event. Both together are bounded, and the older half is dropped.
    private var current: [UInt64: [Entry]] = [:]
    private var previous: [UInt64: [Entry]] = [:]

    /// - Parameters:
    ///   - least: The least value in dollars of a trade that counts.
    ///   - wallets: The least number of different wallets.
    package init(least: Decimal = 5_000, wallets: Int = 3, maxEvents: Int = 2_048) {
        self.least = least
        self.wallets = wallets
        self.maxEvents = maxEvents
    }

    /// Adds a trade of a fresh wallet.
    ///
    /// - Returns: The trades that it is related to, itself included; `nil` with too few wallets.
    package mutating func add(
        event: String, wallet: String, value: Decimal, at time: Timestamp
    ) -> RelatedTrades? {
        guard value >= least, let micros = value.micros.flatMap({ Int64(exactly: $0) }) else { return nil }
        let key = fingerprint(event)
        var entries = current[key] ?? previous.removeValue(forKey: key) ?? []
        entries.removeAll { $0.time.duration(to: time) > Self.window }
        if entries.count >= Self.maxEntries { entries.removeFirst() }
        entries.append(Entry(wallet: fingerprint(wallet), time: time, value: micros))
        if current[key] == nil, current.count >= maxEvents { (previous, current) = (current, [:]) }
        current[key] = entries
        let count = Set(entries.map(\.wallet)).count
        guard count >= wallets else { return nil }
        let total = entries.reduce(Int128(0)) { $0 + Int128($1.value) }
        return RelatedTrades(wallets: count, value: Decimal(micros: total))
    }
}
