/// Orders that lie in the book of one outcome, best price first; a value of its market and of how often that moved.
package struct OrderBook: Sendable {
    package struct Level: Sendable {
        /// Thousandths of a dollar.
        package let price: Int
        /// Shares, as sent.
        package let size: String
    }

    package let bids: [Level]
    package let asks: [Level]

    /// A thin one for every seventh market: a larger order walks through it all.
    init(of market: Market, outcome: Int, seed: UInt64) {
        let isThin = market.id.isMultiple(of: 7)
        var random = SeededRandom(seed: seed, for: "book \(market.id) \(market.moves)")
        let bid = max(min(market.price - market.tick, 1_000 - 2 * market.tick), market.tick)
        var (lower, upper) = ([Level](), [Level]())
        var (down, up) = (bid, bid + market.tick * random.int(in: 1...3))
        for _ in 0..<(isThin ? random.int(in: 1...3) : random.int(in: 6...14)) {
            let median = isThin ? 400.0 : 5_000
            let sizes = (0..<2).map { _ in
                decimalText(micros: Int(random.logNormal(median: median, sigma: 1.2) * 100) * 10_000)
            }
            if down >= market.tick { lower.append(Level(price: down, size: sizes[0])) }
            if up < 1_000 { upper.append(Level(price: up, size: sizes[1])) }
            down -= market.tick * random.int(in: 1...2)
            up += market.tick * random.int(in: 1...2)
        }
        // The other outcome's book is this one in the mirror.
        let mirrored = { (levels: [Level]) in levels.map { Level(price: 1_000 - $0.price, size: $0.size) } }
        (bids, asks) = outcome == 0 ? (lower, upper) : (mirrored(upper), mirrored(lower))
    }
}

/// "0.48" for 480.
func priceText(_ thousandths: Int) -> String { decimalText(micros: thousandths * 1_000) }
