/// A wallet's activity class.
package enum Activity: String, Sendable {
    case high = "HIGH"
    case medium = "MEDIUM"
    case low = "LOW"

    /// The number of last trades from which it is computed.
    package static let window = 100

    /// - Parameter trades: The number of trades, up to ``window``.
    package init(trades: Int) {
        self = trades >= 50 ? .high : trades >= 10 ? .medium : .low
    }
}
