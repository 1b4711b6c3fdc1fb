import PMRecord

/// The time from receiving a trade to publishing it: quantiles over the last 500 trades, and a histogram over all.
package struct DisplayLatency {
    package struct Quantile {
        /// As Prometheus writes it: "0.5", "0.99".
        package let name: String
        package let delay: Duration
    }

    private var delays: [Duration] = []
    /// The index of the oldest delay once the buffer is full.
    private var oldest = 0
    private static let capacity = 500
    private(set) var histogram = DelayHistogram()

    package init() {}

    /// Adds a record's delay if it is the first revision of a trade from the live feed.
    package mutating func add(_ record: Record, at now: Timestamp) {
        guard record.kind == .trade, record.text(Key.via) == "live", record.revision == 0,
            let receivedAt = record.time(Key.receivedAt)
        else { return }
        let delay = max(.zero, receivedAt.duration(to: now))
        histogram.add(delay)
        if delays.count < Self.capacity {
            delays.append(delay)
        } else {
            delays[oldest] = delay
            oldest = (oldest + 1) % Self.capacity
        }
    }

    /// The median and the 99th percentile; empty before the first trade.
    package var quantiles: [Quantile] {
        guard !delays.isEmpty else { return [] }
        let sorted = delays.sorted()
        return [("0.5", 50), ("0.99", 99)].map { name, percent in
            Quantile(name: name, delay: sorted[(sorted.count - 1) * percent / 100])
        }
    }
}
