import PMJSON
import PMRecord
import PolymarketAPI

/// The impact of a trade on its order book: the book, read after the trade, is walked from its best price.
package struct Impact: Sendable, Equatable {
    /// The price levels that the trade takes.
    package let levels: Int
    /// The difference of the average price from the best one, in percent; 0 when one level is enough.
    package let slippagePercent: Double
    /// Dollars per share; `nil` for an empty side.
    package let bestPrice: Micros?
    /// The value of the whole side, in dollars.
    package let depthValue: Micros
    /// True if the trade is larger than the whole side.
    package let isSwept: Bool

    /// Walks the book for `size` shares.
    package init(of side: Side, size: Micros, on book: OrderBook) {
        let offers = book.offers(to: side)
        var (levels, taken, paid) = (0, Micros.zero, Micros.zero)
        for level in offers where taken < size {
            let part = min(level.size, size - taken)
            (levels, taken, paid) = (levels + 1, taken + part, paid + part * level.price)
        }
        self.levels = levels
        bestPrice = offers.first?.price
        depthValue = offers.reduce(.zero) { $0 + $1.price * $1.size }
        isSwept = taken < size
        let atBest = (bestPrice ?? .zero) * taken
        slippagePercent = abs(Micros.ratio(paid - atBest, atBest)) * 100
    }

    /// - Parameter asOf: When the book was read.
    func json(asOf: Timestamp) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { impact in
            impact.member(Key.levels, levels)
            impact.member(Key.slippagePercent, number: slippagePercent, decimals: 4)
            impact.member(Key.bestPrice, bestPrice)
            impact.member(Key.depthValue, depthValue)
            impact.member(Key.swept, isSwept)
            impact.member(Key.asOf, asOf.description)
        }
        return writer.bytes
    }
}
