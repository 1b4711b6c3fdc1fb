import PMRecord

/// One outcome that a wallet holds or held. Amounts are ten-thousandths of a dollar, so that sums are exact.
package struct WalletPosition: Sendable {
    package enum Status: String, Sendable {
        case open = "OPEN"
        /// Resolved and still held: a winner or a loser.
        case redeemable = "REDEEMABLE"
        case closed = "CLOSED"
    }

    package let market: Int
    package let outcome: Int
    package let status: Status
    /// Shares: held now, and bought in all.
    package let currentSize: Double
    package let totalSize: Double
    /// Dollars per share.
    package let averagePrice: Double
    package let currentPrice: Double
    package let entryCost: Int
    package let currentValue: Int
    /// The result of sales and redemptions so far, also on positions that are held.
    package let realized: Int
    /// Millionths of a dollar.
    package let feeMicros: Int
    package let firstEntry: Timestamp
    package let lastEvent: Timestamp
    /// True if the wallet holds the other outcome, too.
    package var isMergeable = false

    package var unrealized: Int { currentValue - entryCost }
    package var total: Int { realized + unrealized }
    package var isWin: Bool { status == .closed ? realized > 0 : total > 0 }
    /// Resolved, held, and worth nothing.
    package var isLost: Bool { status == .redeemable && currentPrice == 0 }
    package var value: Double { Double(currentValue) / 10_000 }
}

/// Builds the positions of one wallet from their intended results.
struct PositionFactory {
    let world: World
    let wallet: Wallet

    /// A position in a running market; some have a realized part, but none of a whale: tests know its figures.
    ///
    /// - Parameter cents: Its profit in all.
    func open(_ cents: Int, _ market: Int, _ outcome: Int, _ random: inout SeededRandom) -> WalletPosition {
        let total = cents * 100
        let isPartlySold = random.chance(0.3) && wallet.archetype != .whale
        let realized = isPartlySold ? Int(Double(total) * random.double(in: -0.3...0.6)) : 0
        let unrealized = total - realized
        let current = Double(world.markets[market].firstPrice(of: outcome)) / 1_000
        let average =
            unrealized > 0
            ? current * random.double(in: 0.3...0.9)
            : unrealized < 0 ? current + (1 - current) * random.double(in: 0.2...0.8) : current
        let size =
            unrealized == 0
            ? Double(random.int(in: 20...200)) : Double(unrealized) / 10_000 / (current - average)
        let sold = realized == 0 ? 0 : random.double(in: 0.1...1.5)
        let lastEvent = time(daysAgo: 0.1...20, &random)
        return held(
            market, outcome, .open, size: size, sold: sold, price: current, realized: realized,
            unrealized: unrealized, lastEvent: lastEvent, &random)
    }

    /// A position whose market is resolved, and which was not redeemed.
    func redeemable(_ cents: Int, _ market: Int, _ random: inout SeededRandom) -> WalletPosition {
        let winner = world.markets[market].winner!
        let realized = cents < 0 && random.chance(0.2) ? cents * 20 : 0
        let unrealized = cents * 100 - realized
        let average = random.double(in: 0.15...0.85)
        let size = Double(unrealized) / 10_000 / (unrealized > 0 ? 1 - average : -average)
        let lastEvent = min(
            world.markets[market].end.advanced(by: .seconds(-random.int(in: 3_600...400_000))),
            world.start.advanced(by: .seconds(-60)))
        return held(
            market, cents > 0 ? winner : 1 - winner, .redeemable, size: size,
            sold: realized == 0 ? 0 : 0.3, price: cents > 0 ? 1 : 0, realized: realized,
            unrealized: unrealized, lastEvent: lastEvent, &random)
    }

    /// A position that was sold or redeemed.
    func closed(_ cents: Int, _ market: Int, _ random: inout SeededRandom) -> WalletPosition {
        let winner = world.markets[market].winner!
        let average = rounded(random.double(in: 0.15...0.85))
        let dollars = Double(cents) / 100
        let size = dollars > 0 ? dollars / (1 - average) : -dollars / average
        let end = world.markets[market].end.advanced(by: .seconds(random.int(in: 60...90_000)))
        let lastEvent = min(end, world.start.advanced(by: .seconds(-60)))
        return WalletPosition(
            market: market, outcome: cents > 0 ? winner : 1 - winner, status: .closed, currentSize: 0,
            totalSize: rounded(size), averagePrice: average, currentPrice: cents > 0 ? 1 : 0, entryCost: 0,
            currentValue: 0, realized: cents * 100, feeMicros: fee(market, size, average),
            firstEntry: entry(before: lastEvent, &random), lastEvent: lastEvent)
    }

    /// A position below the floor of 0.1 share, worth a few cents.
    func dust(_ market: Int, _ random: inout SeededRandom) -> WalletPosition {
        let outcome = random.int(in: 0...1)
        let price = Double(world.markets[market].firstPrice(of: outcome)) / 1_000
        let size = rounded(random.double(in: 0.01...0.09))
        let value = Int((size * price * 10_000).rounded())
        let lastEvent = time(daysAgo: 5...60, &random)
        return WalletPosition(
            market: market, outcome: outcome, status: .open, currentSize: size, totalSize: size + 20,
            averagePrice: price, currentPrice: price, entryCost: value, currentValue: value, realized: 0,
            feeMicros: 0, firstEntry: entry(before: lastEvent, &random), lastEvent: lastEvent)
    }

    private func held(
        _ market: Int, _ outcome: Int, _ status: WalletPosition.Status, size: Double, sold: Double,
        price: Double, realized: Int, unrealized: Int, lastEvent: Timestamp, _ random: inout SeededRandom
    ) -> WalletPosition {
        // Far above the dust floor, so that every default listing has the row.
        let size = rounded(max(size, 1))
        let average = rounded(max(price - Double(unrealized) / 10_000 / size, 0.0001))
        let value = Int((size * price * 10_000).rounded())
        return WalletPosition(
            market: market, outcome: outcome, status: status, currentSize: size,
            totalSize: rounded(size * (1 + sold)), averagePrice: average, currentPrice: price,
            entryCost: value - unrealized, currentValue: value, realized: realized,
            feeMicros: fee(market, size, average), firstEntry: entry(before: lastEvent, &random),
            lastEvent: lastEvent)
    }

    private func fee(_ market: Int, _ size: Double, _ price: Double) -> Int {
        world.markets[market].hasFees ? Int(size * feeRate * price * (1 - price) * 100_000) * 10 : 0
    }

    private func rounded(_ number: Double) -> Double { (number * 10_000).rounded() / 10_000 }

    private func time(daysAgo days: ClosedRange<Double>, _ random: inout SeededRandom) -> Timestamp {
        let seconds = Int64(random.double(in: days) * 86_400)
        return max(world.start.advanced(by: .seconds(-seconds)), wallet.created.advanced(by: .seconds(60)))
    }

    private func entry(before time: Timestamp, _ random: inout SeededRandom) -> Timestamp {
        let age = max(Int(wallet.created.duration(to: time).components.seconds), 0)
        return time.advanced(by: .seconds(-random.int(in: 0...min(age, 40 * 86_400))))
    }
}
