import PMPipe

/// The retries of one file while its disk is full: one a second, with a log message for the first failure only.
///
/// The caller keeps what could not be written.
struct DiskFullBackoff {
    /// The time of the next try; `nil` while the disk is not full.
    private(set) var nextTry: ContinuousClock.Instant?
    private let log: StageLog

    private static let pause = Duration.seconds(1)

    init(log: StageLog) {
        self.log = log
    }

    var isDiskFull: Bool { nextTry != nil }

    func allowsTry(at now: ContinuousClock.Instant) -> Bool { nextTry.map { $0 <= now } ?? true }

    /// Records that a write has failed.
    ///
    /// - Throws: The error, unless the disk was full.
    mutating func recordFailure(_ error: StageError, at now: ContinuousClock.Instant) throws(StageError) {
        guard error.isForLackOfRoom else { throw error }
        if nextTry == nil, let message = error.message {
            log.warning(.delivery, "\(message); retrying every second")
        }
        nextTry = now + Self.pause
    }

    /// Records that a write has succeeded.
    mutating func recordSuccess() {
        if nextTry != nil { log.notice("the disk has free space again") }
        nextTry = nil
    }
}
