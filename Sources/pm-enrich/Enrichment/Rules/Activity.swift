/// How busy a wallet is.
package enum Activity: String, Sendable {
    case high = "HIGH"
    case medium = "MEDIUM"
    case low = "LOW"

    /// Trades that are asked for to judge by.
    package static let window = 100

    /// - Parameter trades: How many of the last ``window`` trades there are.
    package init(trades: Int) {
        self = trades >= 50 ? .high : trades >= 10 ? .medium : .low
    }
}
