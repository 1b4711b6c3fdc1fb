import PMPipe

/// Whether there is room for what is to be written to a file: while its disk is full, what could not be written is
/// kept and tried again every second, and said once.
struct DiskFullBackoff {
    /// When to try again; `nil` while there is room.
    private(set) var nextTry: ContinuousClock.Instant?
    private let log: StageLog

    private static let pause = Duration.seconds(1)

    init(log: StageLog) {
        self.log = log
    }

    var isLacking: Bool { nextTry != nil }

    func mayTry(at now: ContinuousClock.Instant) -> Bool { nextTry.map { $0 <= now } ?? true }

    /// Takes in that a write has failed.
    ///
    /// - Throws: The error, unless it was for lack of room.
    mutating func failed(_ error: StageError, at now: ContinuousClock.Instant) throws(StageError) {
        guard error.isForLackOfRoom else { throw error }
        if nextTry == nil, let message = error.message {
            log.warning(.delivery, "\(message); it is kept, and tried again every second")
        }
        nextTry = now + Self.pause
    }

    /// Takes in that a write has worked.
    mutating func worked() {
        if nextTry != nil { log.notice("there is room on the disk again") }
        nextTry = nil
    }
}
