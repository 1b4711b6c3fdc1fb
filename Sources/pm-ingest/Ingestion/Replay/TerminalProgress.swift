import Glibc

/// The progress line of a replay, on standard error if that is a terminal.
struct TerminalProgress {
    private static let period = Duration.milliseconds(200)

    private let isShown = isatty(STDERR_FILENO) == 1
    private var next = ContinuousClock.now

    /// Shows the progress, at most five times a second.
    ///
    /// - Parameter fraction: The part of the input that was read, from 0 to 1; nothing is shown when `nil`.
    mutating func show(_ fraction: Double?, emitted: Int, at now: ContinuousClock.Instant) {
        guard isShown, let fraction, now >= next else { return }
        next = now + Self.period
        write("\rpm-ingest: \(Int(fraction * 100)) % read, \(emitted) lines emitted")
    }

    /// Clears the line.
    func clear() {
        if isShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
