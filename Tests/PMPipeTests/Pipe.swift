import Glibc

/// A pipe whose ends are closed when it is released.
final class Pipe {
    private(set) var readEnd: CInt
    private(set) var writeEnd: CInt

    init() {
        var ends: [CInt] = [0, 0]
        precondition(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (readEnd, writeEnd) = (ends[0], ends[1])
        signal(SIGPIPE, SIG_IGN)
    }

    /// - Parameter text: At most what the pipe accepts without blocking.
    convenience init(holding text: some StringProtocol) {
        self.init()
        write(text)
        closeWriteEnd()
    }

    deinit {
        closeReadEnd()
        closeWriteEnd()
    }

    /// Closes the read end, as `head` does.
    func closeReadEnd() {
        if readEnd >= 0 { close(readEnd) }
        readEnd = -1
    }

    func write(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        precondition(bytes.withUnsafeBytes { Glibc.write(writeEnd, $0.baseAddress, $0.count) } == bytes.count)
    }

    func closeWriteEnd() {
        if writeEnd >= 0 { close(writeEnd) }
        writeEnd = -1
    }

    /// Returns the result of one `read(2)`.
    func read() -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = Glibc.read(readEnd, &bytes, bytes.count)
        return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
    }

    /// The number of bytes in the pipe.
    var waiting: Int {
        var count: CInt = 0
        return ioctl(readEnd, UInt(FIONREAD), &count) == 0 ? Int(count) : -1
    }
}
