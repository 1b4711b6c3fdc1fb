import Glibc
import PMJSON

/// Writes lines to a file descriptor. They are held until ``flush()``.
package struct LineWriter: ~Copyable {
    package let descriptor: CInt
    private let name: String
    private var held: [UInt8] = []

    /// - Parameter name: The output's name in errors.
    package init(descriptor: CInt = STDOUT_FILENO, name: String = "standard output") {
        self.descriptor = descriptor
        self.name = name
        held.reserveCapacity(1 << 18)
    }

    package mutating func append(_ line: Span<UInt8>) {
        line.withUnsafeBufferPointer { held.append(contentsOf: $0) }
        held.append(UInt8(ascii: "\n"))
    }

    package mutating func append(_ line: some Sequence<UInt8>) {
        held.append(contentsOf: line)
        held.append(UInt8(ascii: "\n"))
    }

    /// Appends bytes as they are, without adding a newline.
    package mutating func append(raw bytes: [UInt8]) {
        held.append(contentsOf: bytes)
    }

    /// Bytes that wait for ``flush()``.
    package var count: Int { held.count }

    /// Writes everything held, however many `write(2)` calls that takes.
    ///
    /// - Throws: ``StageError/downstreamClosed`` once the reader has gone (`SIGPIPE` must be ignored),
    ///   ``ExitStatus/inputOutput``, or ``ExitStatus/tryAgain`` after a second stop signal while the reader
    ///   does not read.
    package mutating func flush() throws(StageError) {
        var written = 0
        do throws(StageError) {
            while written < held.count {
                guard StopSignal.wasSentTwice else {
                    written += try writeSome(from: written, atMost: .max)
                    continue
                }
                guard isWritable else { throw StopSignal.stoppedEarly }
                written += try writeSome(from: written, atMost: 4096)
            }
        } catch {
            held.removeFirst(written)  // so that the caller can try again
            throw error
        }
        held.removeAll(keepingCapacity: true)
    }

    /// Writes as much as the reader takes at once, and keeps the rest.
    ///
    /// A pipe that `poll(2)` calls writable has room for `PIPE_BUF` bytes, so a write of no more than that
    /// never waits, and the descriptor can stay blocking for the other processes that share it.
    package mutating func flushWithoutWaiting() throws(StageError) {
        var written = 0
        do throws(StageError) {
            while written < held.count, isWritable {
                written += try writeSome(from: written, atMost: 4096)
            }
        } catch {
            held.removeFirst(written)  // so that the caller can try again
            throw error
        }
        held.removeFirst(written)
    }

    private var isWritable: Bool {
        var interest = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&interest, 1, 0) > 0
    }

    /// Calls `write(2)` once.
    ///
    /// - Returns: Bytes written; 0 when a signal came first.
    private func writeSome(from start: Int, atMost limit: Int) throws(StageError) -> Int {
        let rest = held.count - start
        let count = held.withUnsafeBytes { write(descriptor, $0.baseAddress! + start, min(rest, limit)) }
        if count >= 0 {
            if descriptor == STDOUT_FILENO {
                OutputTap.standard.copy(held.span.extracting(start..<start + count))
            }
            return count
        }
        switch errno {
        case EPIPE: throw .downstreamClosed
        case EINTR: return 0
        case EAGAIN:
            var interest = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&interest, 1, -1)
            return 0
        default: throw .unable(to: "write \(name)")
        }
    }
}
