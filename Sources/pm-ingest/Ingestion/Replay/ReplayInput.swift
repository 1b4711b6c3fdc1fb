import Glibc
import Gzip
import PMPipe

/// The input of a replay: a file or standard input, gzip or plain.
package struct ReplayInput: ~Copyable {
    package var lines: LineReader
    private let source: CInt
    /// The file's size in bytes; `nil` when the input is not a regular file.
    private let size: Int?
    private let gzipError: Monitor<GzipError?>
    package let name: String

    /// - Parameter path: The file, or `-` for standard input.
    package init(path: String) throws(StageError) {
        let name = path == "-" ? "standard input" : path
        let source = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw .unableToOpen("recording \(path)") }
        var status = stat()
        let isFile = fstat(source, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        let gzipError = Monitor<GzipError?>(nil)
        let head = try Self.head(of: source, name)
        let isCompressed = GzipReader.recognizes(head.span)
        lines =
            isCompressed
            ? LineReader(
                descriptor: try decompressed(source, startingWith: head, error: gzipError), name: name)
            : LineReader(descriptor: source, name: name, startingWith: head)
        self.name = name
        self.source = source
        self.gzipError = gzipError
        size = isFile ? Int(status.st_size) : nil
    }

    /// The part of the file that was read, from 0 to 1; `nil` when the input is not a regular file.
    package var progress: Double? {
        guard let size, size > 0 else { return nil }
        return Double(lseek(source, 0, SEEK_CUR)) / Double(size)
    }

    /// Checks, at the end of input, that the gzip data was complete.
    ///
    /// - Throws: ``ExitStatus/badData`` when it was corrupt or truncated.
    package func finish() throws(StageError) {
        if let error = gzipError.withLock({ $0 }) { throw StageError(.badData, "\(name): \(error)") }
    }

    /// Reads the first bytes, at least the two that identify gzip; fewer at the end of input.
    private static func head(of source: CInt, _ name: String) throws(StageError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < 2 {
            let count = read(source, &chunk, chunk.count)
            if count == 0 { break }
            if count > 0 {
                bytes += chunk[..<count]
            } else if errno != EINTR {
                throw .unable(to: "read \(name)")
            }
        }
        return bytes
    }
}

/// Starts a thread that decompresses `source` into a pipe, and returns the read end.
private func decompressed(
    _ source: CInt, startingWith head: [UInt8], error: Monitor<GzipError?>
) throws(StageError) -> CInt {
    var ends: [CInt] = [0, 0]
    guard pipe(&ends) == 0 else { throw .unable(to: "create a pipe") }
    let writeEnd = ends[1]
    _ = Worker { decompress(source, startingWith: head, to: writeEnd, error: error) }
    return ends[0]
}

/// Decompresses `source` into a pipe, and closes the pipe.
private func decompress(
    _ source: CInt, startingWith head: [UInt8], to writeEnd: CInt, error: Monitor<GzipError?>
) {
    defer { close(writeEnd) }
    var reader = GzipReader()
    var (compressed, plain) = (head, [UInt8](repeating: 0, count: 1 << 18))
    do throws(GzipError) {
        while !compressed.isEmpty {
            var offset = 0
            var isMore = true
            while isMore {
                var room = plain.mutableSpan
                let step = try reader.inflate(compressed.span.extracting(offset...), into: &room)
                offset += step.consumed
                guard writeAll(plain[..<step.produced], to: writeEnd) else { return }
                isMore = offset < compressed.count || step.produced == plain.count
            }
            compressed = readChunk(of: source)
        }
        try reader.finish()
    } catch let failure {
        error.withLock { $0 = failure }
    }
}

private func readChunk(of source: CInt) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(source, &bytes, bytes.count)
        if count >= 0 { return Array(bytes[..<count]) }
        guard errno == EINTR else { return [] }
    }
}

/// - Returns: `false` when the other end is closed.
private func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: CInt) -> Bool {
    var remaining = bytes
    while !remaining.isEmpty {
        let count = remaining.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { remaining.removeFirst(count) } else if errno != EINTR { return false }
    }
    return true
}
