import PMRecord

/// How long after it was heard a trade is shown, of the last five hundred.
struct DisplayLatency {
    private var delays: [Duration] = []
    private var place = 0
    private static let capacity = 500

    /// Takes a line's part in it: a trade of the live feed, told for the first time.
    mutating func take(_ record: Record, at now: Timestamp) {
        guard record.kind == .trade, record.text(Key.via) == "live", record.revision == 0,
            let heard = record.time(Key.receivedAt)
        else { return }
        let delay = max(.zero, heard.duration(to: now))
        if delays.count < Self.capacity {
            delays.append(delay)
        } else {
            delays[place] = delay
            place = (place + 1) % Self.capacity
        }
    }

    /// The median and the 99th percentile, by Prometheus' names for them; none before the first trade.
    var quantiles: [(name: String, delay: Duration)] {
        guard !delays.isEmpty else { return [] }
        let sorted = delays.sorted()
        return [("0.5", 50), ("0.99", 99)].map { ($0.0, sorted[(sorted.count - 1) * $0.1 / 100]) }
    }
}
