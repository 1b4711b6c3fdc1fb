import Glibc

/// A file in which the processes of one machine share a limiter, under an advisory lock (`flock(2)`).
///
/// The file holds the state of the process that wrote last. If that process died while writing, or counted time from
/// another start of the machine, only its estimate is used. A process that cannot write the file or get the lock uses
/// its own copy until it can.
package final class LimiterFile: Sendable {
    /// The version of the format: version, generation, count, the numbers of ``LimiterSnapshot/code(with:)``, and the
    /// generation again.
    private static let version = 3.0

    private let descriptor: CInt

    /// - Parameter path: The file; created if it is missing.
    /// - Returns: `nil` when it cannot be opened, with the reason in `errno`.
    package init?(_ path: String) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// Changes the shared limiter.
    func update<Result>(
        _ copy: inout Copy, at now: ContinuousClock.Instant, _ body: (inout AdaptiveLimiter) -> Result
    ) -> Result {
        guard lock(LOCK_EX, for: &copy, at: now) else { return body(&copy.limiter) }
        defer { flock(descriptor, LOCK_UN) }
        refresh(&copy, at: now)
        let result = body(&copy.limiter)
        write(&copy)
        return result
    }

    /// Reads the shared limiter into a copy.
    func read(into copy: inout Copy, at now: ContinuousClock.Instant) {
        guard lock(LOCK_SH, for: &copy, at: now) else { return }
        defer { flock(descriptor, LOCK_UN) }
        refresh(&copy, at: now)
    }

    /// A process's own copy of the limiter.
    struct Copy: Sendable {
        var limiter: AdaptiveLimiter
        /// The file's generation when it was last read or written.
        fileprivate var generation = 0.0
        /// The time before which the file is not used.
        fileprivate var skipUntil: ContinuousClock.Instant?

        init(_ limiter: AdaptiveLimiter) {
            self.limiter = limiter
        }
    }
}

extension LimiterFile {
    /// Locks the file. A lock is held for microseconds. The wait for it is limited to some milliseconds, so that a
    /// process suspended while it holds the lock cannot block the others.
    ///
    /// - Returns: False if the lock was not obtained; it is then not tried again for a second.
    private func lock(_ kind: CInt, for copy: inout Copy, at now: ContinuousClock.Instant) -> Bool {
        if let end = copy.skipUntil, now < end { return false }
        copy.skipUntil = nil
        for _ in 0..<20 {
            if flock(descriptor, kind | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            usleep(500)
        }
        copy.skipUntil = now + .seconds(1)
        return false
    }

    /// Reads the file, if it has changed. The generation is at both ends: where they differ, writing was interrupted.
    private func refresh(_ copy: inout Copy, at now: ContinuousClock.Instant) {
        let head = read(count: 3)
        guard head.count == 3, head[0] == Self.version, head[1] != copy.generation, 0...1e6 ~= head[2] else {
            return
        }
        let count = Int(head[2])
        let numbers = read(count: 4 + count)
        let wasInterrupted = numbers.count < 4 + count || numbers.last != head[1]
        var coder = StateCoder(reading: Array(numbers.dropFirst(3).prefix(count)))
        var snapshot = copy.limiter.snapshot
        snapshot.code(with: &coder)
        copy.limiter.restore(
            snapshot, isComplete: !coder.isIncomplete, wasInterrupted: wasInterrupted, at: now)
        copy.generation = head[1]
    }

    private func write(_ copy: inout Copy) {
        var coder = StateCoder()
        var snapshot = copy.limiter.snapshot
        snapshot.code(with: &coder)
        // Random, so that it differs from the generations of a file that was at this path before.
        let generation = Double.random(in: 1..<2)
        let numbers = [Self.version, generation, Double(coder.numbers.count)] + coder.numbers + [generation]
        let size = numbers.count * MemoryLayout<Double>.stride
        let written = numbers.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, size, 0) }
        if written == size {
            copy.generation = generation
        } else if written > 0 {
            // An empty file is ignored. A partial one would make every process wait.
            ftruncate(descriptor, 0)
        }
    }

    private func read(count: Int) -> [Double] {
        Array(unsafeUninitializedCapacity: count) { numbers, filled in
            let bytes = pread(descriptor, numbers.baseAddress, count * MemoryLayout<Double>.stride, 0)
            filled = max(0, bytes) / MemoryLayout<Double>.stride
        }
    }
}
