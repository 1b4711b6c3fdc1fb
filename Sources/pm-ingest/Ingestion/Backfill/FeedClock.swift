import PMRecord

/// The exchange's clock, as the times of the feed's trades show it. This machine's clock may be hours ahead or behind.
struct FeedClock: Sendable {
    /// Trades whose times are compared: a single one may be late, or odd.
    private static let sampleSize = 15
    /// The most by which a trade that starts a run may be older than those beside it.
    private static let mostAge = Duration.seconds(60)

    private var firstTimes: [Timestamp] = []
    private var firstReceipt: Timestamp?
    /// The latest time of a trade; `nil` before the first.
    private(set) var newest: Timestamp?

    /// The feed has sent a trade of that time.
    mutating func note(_ time: Timestamp) {
        if firstTimes.count < Self.sampleSize { firstTimes.append(time) }
        newest = max(newest ?? time, time)
    }

    /// The feed has sent data without a time of the exchange.
    mutating func noteData(at receipt: Timestamp) {
        firstReceipt = firstReceipt ?? receipt
    }

    /// When the first data happened: RTDS may send a trade some seconds late, and a much older time is not believed.
    var firstData: Timestamp? {
        guard !firstTimes.isEmpty else { return firstReceipt }
        let median = firstTimes.sorted()[firstTimes.count / 2]
        return max(firstTimes.min()!, median.advanced(by: .zero - Self.mostAge))
    }
}
