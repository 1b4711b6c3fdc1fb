import Glibc
import PMJSON
import PMRecord

/// Lines from a file descriptor, as many at a time as one `read(2)` completes.
///
/// Handing over whole reads is what lets a stage flush exactly when it is about to wait: see ``pump``.
package struct LineReader: ~Copyable {
    /// The result of a wait for input.
    package enum Arrival {
        /// Bytes were read; ``forEachLine(_:)`` hands over the lines they completed.
        case input
        /// No input: the wait timed out or was interrupted by a signal.
        case nothing
        /// The input has ended; ``forEachLine(_:)`` hands over a last line that lacks its newline.
        case end
    }

    package let descriptor: CInt
    private let name: String
    private let longestLine: Int
    private var buffer: [UInt8]
    /// Bytes that were read but not handed over are `buffer[start..<end]`.
    private var start = 0
    private var end = 0
    private var hasEnded = false
    /// Newlines read, and the bytes after the last one.
    private var number = 0
    /// True inside an overlong line, whose rest is skipped.
    private var isSkipping = false

    /// Bytes of an overlong line that are handed over as a sample.
    private static let sample = 4096
    private static let newline = UInt8(ascii: "\n")

    /// - Parameters:
    ///   - name: The input's name in errors.
    ///   - longestLine: Bytes allowed in a line; of a longer one, the first 4,096 bytes are handed over and marked.
    ///   - beginning: Bytes that were already read from the descriptor.
    package init(
        descriptor: CInt = STDIN_FILENO, name: String = "standard input",
        longestLine: Int = Record.longestLine,
        startingWith beginning: [UInt8] = []
    ) {
        self.descriptor = descriptor
        self.name = name
        self.longestLine = longestLine
        buffer = beginning + [UInt8](repeating: 0, count: 1 << 18)
        end = beginning.count
    }

    /// Waits for input and reads what is available.
    ///
    /// - Parameter timeout: The longest wait; unlimited when `nil`.
    package mutating func wait(upTo timeout: Duration? = nil) throws(StageError) -> Arrival {
        guard !hasEnded else { return .end }
        if let timeout {
            var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&interest, 1, CInt(clamping: max(0, timeout.inMilliseconds)))
            if ready < 0, errno != EINTR { throw .unable(to: "wait for \(name)") }
            guard ready > 0 else { return .nothing }
        }
        makeRoom()
        let free = end..<buffer.count
        let count = buffer.withUnsafeMutableBytes {
            read(descriptor, $0.baseAddress! + free.lowerBound, free.count)
        }
        switch count {
        case 0:
            hasEnded = true
            return .end
        case 1...:
            end += count
            return .input
        default:
            guard errno == EINTR || errno == EAGAIN else { throw .unable(to: "read \(name)") }
            return .nothing
        }
    }

    /// Hands over the lines read so far, without their newlines; blank lines are skipped.
    ///
    /// - Parameter body: Receives each line, and true if it was too long; then it receives the beginning
    ///   only.
    package mutating func forEachLine<Failure>(
        _ body: (_ line: Span<UInt8>, _ isTooLong: Bool) throws(Failure) -> Void
    ) throws(Failure) {
        try forEachNumberedLine { (line, _, isTooLong) throws(Failure) in try body(line, isTooLong) }
    }

    /// Hands over the same lines with their numbers in the input, counted from 1; blank lines count.
    package mutating func forEachNumberedLine<Failure>(
        _ body: (_ line: Span<UInt8>, _ number: Int, _ isTooLong: Bool) throws(Failure) -> Void
    ) throws(Failure) {
        while start < end {
            let offset = buffer.span.extracting(..<end).index(of: Self.newline, from: start)
            if offset == end {
                guard try handOverUnfinished(body) else { return }
                continue
            }
            let line = start..<offset
            start = offset + 1
            if isSkipping {
                isSkipping = false
                continue
            }
            number += 1
            if line.count > longestLine {
                try body(buffer.span.extracting(line.prefix(Self.sample)), number, true)
            } else if !line.isEmpty {
                try body(buffer.span.extracting(line), number, false)
            }
        }
    }

    /// Hands over the bytes read so far, for a caller that cuts them by itself.
    ///
    /// - Parameter body: Returns the number of bytes that it has consumed; the others are handed over again.
    package mutating func consumeBytes<Failure>(
        _ body: (_ bytes: Span<UInt8>, _ hasEnded: Bool) throws(Failure) -> Int
    ) throws(Failure) {
        start += try body(buffer.span.extracting(start..<end), hasEnded)
    }

    /// Handles a line whose newline has not arrived.
    ///
    /// - Returns: `false` when the only choice is to wait for it.
    private mutating func handOverUnfinished<Failure>(
        _ body: (Span<UInt8>, Int, Bool) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        let rest = start..<end
        guard hasEnded || isSkipping || rest.count > longestLine else { return false }
        start = end
        if isSkipping { return true }
        number += 1
        if rest.count > longestLine {
            isSkipping = true
            try body(buffer.span.extracting(rest.prefix(Self.sample)), number, true)
        } else {
            try body(buffer.span.extracting(rest), number, false)
        }
        return true
    }

    private mutating func makeRoom() {
        if start == end {
            (start, end) = (0, 0)
        } else if start > 0, buffer.count - end < buffer.count / 2 {
            buffer.withUnsafeMutableBytes {
                _ = memmove($0.baseAddress!, $0.baseAddress! + start, end - start)
            }
            (start, end) = (0, end - start)
        }
        if end == buffer.count { buffer.append(contentsOf: repeatElement(0, count: buffer.count)) }
    }
}
