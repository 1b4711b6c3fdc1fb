import Glibc

/// How far a replay has come, on standard error when that is a terminal.
struct Progress {
    private static let period = Duration.milliseconds(200)

    private let isShown = isatty(STDERR_FILENO) == 1
    private var next = ContinuousClock.now

    /// Shows the share of the input that was read, at most five times a second.
    mutating func show(_ share: Double?, told: Int, at now: ContinuousClock.Instant) {
        guard isShown, let share, now >= next else { return }
        next = now + Self.period
        say("\rpm-ingest: \(Int(share * 100)) % read, \(told) lines told")
    }

    /// Clears the line.
    func finish() {
        if isShown { say("\r\u{1B}[K") }
    }

    private func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
