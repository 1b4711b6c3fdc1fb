/// Detects answers that take far longer than those of an idle service.
struct LatencyMonitor: Sendable {
    /// The latency of an idle service, in seconds: falls quickly and rises slowly.
    private var base: Double?
    /// The latest latencies, at most nine.
    private var recent: [Double] = []

    /// Records one answer's latency, in seconds.
    ///
    /// - Returns: True if it is slow.
    mutating func record(_ latency: Double) -> Bool {
        if let base {
            self.base = latency > base ? base * 1.0005 : base * 0.9 + latency * 0.1
        } else {
            base = latency
        }
        recent.append(latency)
        if recent.count > 9 { recent.removeFirst() }
        return isSlow(latency)
    }

    /// True if the median of the last nine latencies is slow.
    var isInflated: Bool { recent.count == 9 && isSlow(recent.sorted()[4]) }

    mutating func forgetRecent() {
        recent.removeAll()
    }

    private func isSlow(_ latency: Double) -> Bool {
        latency > max(4 * (base ?? latency), 0.4)
    }

    mutating func code(with coder: inout StateCoder) {
        coder.code(&base)
        coder.code(&recent)
    }
}
