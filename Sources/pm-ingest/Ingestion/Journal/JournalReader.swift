import Glibc
import PMJSON

/// Reads the lines of a journal in order, up to a synced offset.
struct JournalReader: ~Copyable {
    private let directory: String
    private var descriptor: CInt = -1
    private var segment: Segment?
    /// Bytes of the segment that were read.
    private var consumed = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)

    init(directory: String) {
        self.directory = directory
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Passes the next lines before `offset` to `body`, as many as one `pread(2)` returns.
    ///
    /// - Returns: `false` when nothing is left before `offset`.
    /// - Throws: An error when the segment cannot be read; the same bytes can be read again.
    mutating func read(
        upTo offset: Journal.Offset, _ body: (Span<UInt8>) -> Void
    ) throws(Errno) -> Bool {
        try open(offset.segment)
        guard consumed < offset.end else { return false }
        let wanted = min(buffer.count, offset.end - consumed)
        let count = buffer.withUnsafeMutableBytes {
            pread(descriptor, $0.baseAddress, wanted, off_t(consumed))
        }
        guard count > 0 else {
            if count < 0, errno == EINTR { return true }
            throw count < 0 ? Errno.last : Errno(ENODATA)
        }
        var start = 0
        while true {
            let end = buffer.span.extracting(..<count).index(of: UInt8(ascii: "\n"), from: start)
            guard end < count else { break }
            body(buffer.span.extracting(start..<end))
            start = end + 1
        }
        consumed += start
        if start == 0 {
            // One line is longer than the buffer. An offset follows a newline, so a newline must come.
            guard count == buffer.count else { throw Errno(EBADMSG) }
            buffer.append(contentsOf: repeatElement(0, count: buffer.count))
        }
        return true
    }

    /// Opens the segment again before the next bytes are read.
    mutating func reopen() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// Leaves out what stands before `offset` and has not been read.
    mutating func skip(to offset: Journal.Offset) {
        reopen()
        (segment, consumed) = (offset.segment, offset.end)
    }

    private mutating func open(_ wanted: Segment) throws(Errno) {
        if segment != wanted {
            reopen()
            (segment, consumed) = (wanted, 0)
        }
        guard descriptor < 0 else { return }
        descriptor = Glibc.open(wanted.path(in: directory), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw Errno.last }
    }
}
