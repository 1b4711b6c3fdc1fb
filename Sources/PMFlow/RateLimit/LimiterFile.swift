import Glibc

/// Where the processes of one machine keep one ledger together: a file, and its lock.
///
/// What stands in it was true when its last writer let go of the lock. Of a writer that was killed while it wrote, or
/// that counted time from another start of the machine, only the quota and the limit are believed. A process that cannot
/// write there, or that another does not let near it, goes by its own copy until it can.
package final class LimiterFile: Sendable {
    /// Of what stands in the file; see ``AdaptiveLimiter/pass(over:)``.
    private static let version = 3.0

    private let descriptor: CInt

    /// - Parameter path: Made if it is missing.
    /// - Returns: `nil` when it cannot be opened; `errno` says why.
    package init?(_ path: String) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// Does something to the ledger as all have it.
    func update<Result>(
        _ copy: inout Copy, at now: ContinuousClock.Instant, _ body: (inout AdaptiveLimiter) -> Result
    ) -> Result {
        guard lock(LOCK_EX, for: &copy, at: now) else { return body(&copy.ledger) }
        defer { flock(descriptor, LOCK_UN) }
        refresh(&copy, at: now)
        let result = body(&copy.ledger)
        write(&copy)
        return result
    }

    /// Brings a copy up to what all have, so that it can be asked.
    func bringUpToDate(_ copy: inout Copy, at now: ContinuousClock.Instant) {
        guard lock(LOCK_SH, for: &copy, at: now) else { return }
        defer { flock(descriptor, LOCK_UN) }
        refresh(&copy, at: now)
    }

    /// A process's own copy of the ledger, and which edition it is.
    struct Copy: Sendable {
        var ledger: AdaptiveLimiter
        /// What the file said when it was last read or written.
        fileprivate var edition = 0.0
        /// Until when the file is left alone.
        fileprivate var aloneUntil: ContinuousClock.Instant?

        init(_ ledger: AdaptiveLimiter) {
            self.ledger = ledger
        }
    }
}

extension LimiterFile {
    /// The lock is held for microseconds, and waited for some milliseconds: one that was stopped while it held it shall
    /// stop nobody else.
    private func lock(_ kind: CInt, for copy: inout Copy, at now: ContinuousClock.Instant) -> Bool {
        if let end = copy.aloneUntil, now < end { return false }
        copy.aloneUntil = nil
        for _ in 0..<20 {
            if flock(descriptor, kind | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            usleep(500)
        }
        copy.aloneUntil = now + .seconds(1)
        return false
    }

    /// The edition stands before the numbers and behind them; where the two differ, writing was broken off.
    private func refresh(_ copy: inout Copy, at now: ContinuousClock.Instant) {
        let head = read(count: 3)
        guard head.count == 3, head[0] == Self.version, head[1] != copy.edition, 0...1e6 ~= head[2] else {
            return
        }
        let numbers = read(count: 4 + Int(head[2]))
        let isWhole = numbers.count == 4 + Int(head[2]) && numbers.last == head[1]
        copy.ledger.adopt(Array(numbers.dropFirst(3).prefix(Int(head[2]))), isWhole: isWhole, at: now)
        copy.edition = head[1]
    }

    private func write(_ copy: inout Copy) {
        var tape = StateCoder()
        copy.ledger.pass(over: &tape)
        // Editions are told apart from those of a file that was there before this one.
        let edition = Double.random(in: 1..<2)
        let numbers = [Self.version, edition, Double(tape.numbers.count)] + tape.numbers + [edition]
        let size = numbers.count * MemoryLayout<Double>.stride
        let written = numbers.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, size, 0) }
        if written == size {
            copy.edition = edition
        } else if written > 0 {
            ftruncate(descriptor, 0)  // an empty one says nothing; a torn one would keep everybody waiting
        }
    }

    private func read(count: Int) -> [Double] {
        Array(unsafeUninitializedCapacity: count) { numbers, filled in
            let bytes = pread(descriptor, numbers.baseAddress, count * MemoryLayout<Double>.stride, 0)
            filled = max(0, bytes) / MemoryLayout<Double>.stride
        }
    }
}

extension AdaptiveLimiter {
    /// Goes on from what another process has left.
    fileprivate mutating func adopt(_ numbers: [Double], isWhole: Bool, at instant: ContinuousClock.Instant) {
        let now = time(instant)
        var tape = StateCoder(reading: numbers)
        var other = self
        other.pass(over: &tape)
        guard 1...1e6 ~= other.quota else { return }
        if isWhole, !tape.isTorn, other.now <= now + 1 {
            let randomness = randomness
            self = other
            self.randomness = randomness
        } else {
            quota = other.quota
            limit = other.limit
            // What was sent of late is not known.
            if !isWhole { closedUntil = now + window }
        }
    }
}
