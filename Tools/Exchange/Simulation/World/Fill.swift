import PMRecord

/// One order's part in a match: a row of the exchange's trades.
package struct Fill: Sendable {
    /// Its index in the truth, counted from 0; below 0 for trades before the start.
    package let number: Int
    package let isTaker: Bool
    package let wallet: Int
    package let market: Int
    /// The index of the outcome: 0 or 1.
    package let outcome: Int
    package let side: Side
    /// Shares, and dollars per share, with the digits that every feed and API sends.
    package let size: String
    package let price: String
    /// The taker's fee in dollars; `nil` for makers and for markets without fees.
    package let fee: String?
    package let transaction: String
    /// The time at which the orders met.
    package let time: Timestamp
    /// The time at which RTDS sends the row of type `trades`.
    package let settled: Timestamp
    package let block: Block
    package let quirks: Quirks

    package var shares: Double { Double(size)! }
    package var dollars: Double { Double(size)! * Double(price)! }
    package var feeDollars: Double { fee.flatMap(Double.init) ?? 0 }

    /// The amount that the wallet paid or got, fees included: `usdc_size` of `/v2/activity`.
    package var dollarsWithFee: Double { side == .buy ? dollars + feeDollars : dollars - feeDollars }

    /// The time at which RTDS sends the row of type `orders_matched`: 0.2 s before that of type `trades`.
    package var announced: Timestamp { max(time, settled.advanced(by: .milliseconds(-200))) }
}

/// The block of a transaction.
package struct Block: Sendable, Equatable {
    package let number: Int
    /// The time at which the block is made.
    package let time: Timestamp

    /// The first block that is made at `time` or later.
    ///
    /// - Parameter period: Between two blocks.
    init(at time: Timestamp, period: Duration) {
        let length = Int(max(period.inMilliseconds, 1))
        number = (Int(time.milliseconds) + length - 1) / length
        self.time = Timestamp(milliseconds: Int64(number * length))
    }

    /// The Data API's time of a trade.
    package var seconds: Int64 { time.milliseconds / 1_000 }
}

/// The ways in which a row is unusual.
package struct Quirks: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// `outcomeIndex` is 999; the label stays.
    package static let unknownOutcome = Quirks(rawValue: 1)
    /// RTDS sends numbers as text.
    package static let textualNumbers = Quirks(rawValue: 2)
    /// An exact repeat of the row before it, but a trade of its own.
    package static let twin = Quirks(rawValue: 4)
    /// Both feeds send it, but its transaction fails: the REST APIs never show it.
    package static let ghost = Quirks(rawValue: 8)
    /// `eventSlug` is empty.
    package static let noEventSlug = Quirks(rawValue: 16)
}

/// A taker's order that met others: one transaction.
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

/// Decimal text of an amount, rounded to 4 decimals, as the Data API writes most of them.
func decimalText(dollars: Double) -> String {
    let text = decimalText(micros: abs(Int((dollars * 10_000).rounded())) * 100)
    return dollars < 0 && text != "0" ? "-\(text)" : text
}

/// The same with 6 decimals.
func decimalText(exact amount: Double) -> String {
    let text = decimalText(micros: abs(Int((amount * 1_000_000).rounded())))
    return amount < 0 && text != "0" ? "-\(text)" : text
}
