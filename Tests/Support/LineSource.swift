import Glibc

/// Reads lines from a pipe, with a deadline for each.
struct LineSource {
    let descriptor: CInt
    private var pending: [UInt8] = []
    private var isAtEnd = false

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// Returns the next line without its newline, or the text after the last newline; `nil` at the end.
    mutating func next(before deadline: ContinuousClock.Instant) throws -> String? {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                defer { pending.removeSubrange(...end) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            if isAtEnd {
                defer { pending = [] }
                return pending.isEmpty ? nil : String(decoding: pending, as: UTF8.self)
            }
            try fill(before: deadline)
        }
    }

    private mutating func fill(before deadline: ContinuousClock.Instant) throws {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let left = max((deadline - .now) / .milliseconds(1), 0)
        guard poll(&entry, 1, CInt(min(left, 600_000))) > 0 else {
            guard .now < deadline else { throw TestFailure("no line came in time") }
            return
        }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &chunk, chunk.count)
        guard count >= 0 else { throw TestFailure.unable(to: "read a pipe") }
        isAtEnd = count == 0
        pending += chunk[..<count]
    }
}
