/// The number of delays up to each of some bounds, and their sum, since the start.
struct DelayHistogram {
    /// In milliseconds: from what a viewer cannot notice to what is an outage.
    static let bounds = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000]

    /// The number of delays up to each bound and above the one before; the last is above all bounds.
    private var counts = [Int](repeating: 0, count: bounds.count + 1)
    private(set) var sum = Duration.zero

    mutating func add(_ delay: Duration) {
        let milliseconds = delay.inMilliseconds
        counts[Self.bounds.firstIndex { milliseconds <= $0 } ?? Self.bounds.count] += 1
        sum += delay
    }

    var count: Int { counts.reduce(0, +) }

    /// The number of delays up to each bound.
    var cumulative: [(bound: Duration, count: Int)] {
        var total = 0
        return zip(Self.bounds, counts).map { bound, count in
            total += count
            return (.milliseconds(bound), total)
        }
    }
}
