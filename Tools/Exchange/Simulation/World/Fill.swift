import PMRecord

/// One order's part in a match: a row of the exchange's trades.
package struct Fill: Sendable {
    /// Its place in the truth, counted from 0.
    package let number: Int
    package let isTaker: Bool
    package let wallet: Int
    package let market: Int
    /// Which of the market's two outcomes.
    package let outcome: Int
    package let side: Side
    /// Shares, and dollars per share, with the digits that every feed and API sends.
    package let size: String
    package let price: String
    /// The taker's fee in dollars, which RTDS tells of some trades.
    package let fee: String?
    package let transaction: String
    /// When the orders met.
    package let time: Timestamp
    /// When RTDS tells of it, and when the block was made, in seconds: the REST APIs' time.
    package let settled: Timestamp
    package let blockTime: Int64
    package let oddities: Oddities

    package var shares: Double { Double(size)! }
    package var dollars: Double { Double(size)! * Double(price)! }
}

/// Where a row is not as one would expect.
package struct Oddities: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// `outcomeIndex` is 999 and `outcome` empty.
    package static let unknownOutcome = Oddities(rawValue: 1)
    /// RTDS sends numbers as text.
    package static let textualNumbers = Oddities(rawValue: 2)
    /// An exact repeat of the row before it, and yet a trade of its own.
    package static let twin = Oddities(rawValue: 4)
    /// The feeds told of it, but its transaction failed: the REST APIs never show it.
    package static let ghost = Oddities(rawValue: 8)
}

/// What happens when a taker's order meets others: one transaction.
package struct Match: Sendable {
    package let market: Int
    package let fills: [Fill]
    /// The best prices moved, so that a tick size may change: thousandths of a dollar before and after.
    package let tickChange: (old: Int, new: Int)?

    package var takers: [Fill] { fills.filter(\.isTaker) }
}

/// Decimal text of a whole number of millionths, without trailing zeros.
func decimalText(micros: Int) -> String {
    let (whole, rest) = micros.quotientAndRemainder(dividingBy: 1_000_000)
    guard rest > 0 else { return String(whole) }
    var digits = String(rest + 1_000_000).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "\(whole).\(digits)"
}

/// Dollars to at most 4 decimals, as the Data API has them.
func decimalText(dollars: Double) -> String {
    let text = decimalText(micros: abs(Int((dollars * 10_000).rounded())) * 100)
    return dollars < 0 && text != "0" ? "-\(text)" : text
}
