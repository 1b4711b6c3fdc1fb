import Glibc
import PMJSON

/// Reads a journal's lines on, from where it stopped, up to a place that is synced.
struct JournalReader: ~Copyable {
    private let directory: String
    private var descriptor: CInt = -1
    private var segment: Segment?
    private var offset = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)

    init(directory: String) {
        self.directory = directory
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Hands over, as one read brings them, the lines that stand before `position` and were not handed over yet.
    ///
    /// - Returns: `false` when nothing is left before `position`.
    /// - Throws: When the segment cannot be read; it may have been deleted.
    mutating func readOn(
        to position: Journal.Position, _ body: (Span<UInt8>) -> Void
    ) throws(Errno) -> Bool {
        try open(position.segment)
        guard offset < position.end else { return false }
        let wanted = min(buffer.count, position.end - offset)
        let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, wanted, off_t(offset)) }
        guard count > 0 else {
            if count < 0, errno == EINTR { return true }
            offset = position.end
            throw count < 0 ? Errno.last : Errno(ENODATA)
        }
        var start = 0
        while true {
            let end = buffer.span.extracting(..<count).index(of: UInt8(ascii: "\n"), from: start)
            guard end < count else { break }
            body(buffer.span.extracting(start..<end))
            start = end + 1
        }
        offset += start
        if start == 0 {
            // One line is longer than the buffer. A position is behind a newline, so there is one to come.
            guard count == buffer.count else {
                offset = position.end
                throw Errno(EBADMSG)
            }
            buffer.append(contentsOf: repeatElement(0, count: buffer.count))
        }
        return true
    }

    private mutating func open(_ wanted: Segment) throws(Errno) {
        guard segment != wanted else { return }
        if descriptor >= 0 { close(descriptor) }
        descriptor = Glibc.open(wanted.path(in: directory), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        (segment, offset) = (wanted, 0)
        guard descriptor >= 0 else {
            segment = nil
            throw Errno.last
        }
    }
}
