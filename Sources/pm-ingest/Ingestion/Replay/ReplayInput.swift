import Glibc
import Gzip
import PMPipe

/// A recording, from a file or standard input, gzip or plain.
package struct ReplayInput: ~Copyable {
    package var lines: LineReader
    private let source: CInt
    /// The file's size in bytes; `nil` where the input is no file.
    private let size: Int?
    private let failure: Monitor<GzipError?>
    private let name: String

    /// - Parameter path: `-` is standard input.
    package init(path: String) throws(StageError) {
        let name = path == "-" ? "standard input" : path
        let source = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw .unable(to: "open recording \(path)") }
        var status = stat()
        let isFile = fstat(source, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        let failure = Monitor<GzipError?>(nil)
        let beginning = try Self.beginning(of: source, name)
        let isPacked = GzipReader.recognizes(beginning.span)
        lines =
            isPacked
            ? LineReader(
                descriptor: try unpacked(source, startingWith: beginning, failure: failure), name: name)
            : LineReader(descriptor: source, name: name, startingWith: beginning)
        self.name = name
        self.source = source
        self.failure = failure
        size = isFile ? Int(status.st_size) : nil
    }

    /// The descriptor that the recording is read from.
    package var descriptor: CInt { source }

    /// How much of the file has been read, from 0 to 1; `nil` where the input is no file.
    package var progress: Double? {
        guard let size, size > 0 else { return nil }
        return Double(lseek(source, 0, SEEK_CUR)) / Double(size)
    }

    /// Confirms, at the end of input, that nothing was missing.
    package func finish() throws(StageError) {
        if let error = failure.withLock({ $0 }) { throw StageError(.badData, "\(name): \(error)") }
    }

    /// As much as tells gzip from plain; less at the end of input.
    private static func beginning(of source: CInt, _ name: String) throws(StageError) -> [UInt8] {
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

/// The reading end of a pipe that a thread of its own fills with what `source` holds, unpacked.
private func unpacked(
    _ source: CInt, startingWith beginning: [UInt8], failure: Monitor<GzipError?>
) throws(StageError) -> CInt {
    var ends: [CInt] = [0, 0]
    guard pipe(&ends) == 0 else { throw .unable(to: "make a pipe") }
    let outlet = ends[1]
    _ = Worker { unpack(from: source, startingWith: beginning, to: outlet, failure: failure) }
    return ends[0]
}

/// Unpacks what `source` holds into a pipe, and closes that.
private func unpack(
    from source: CInt, startingWith beginning: [UInt8], to outlet: CInt, failure: Monitor<GzipError?>
) {
    defer { close(outlet) }
    var reader = GzipReader()
    var (packed, unpacked) = (beginning, [UInt8](repeating: 0, count: 1 << 18))
    do throws(GzipError) {
        while !packed.isEmpty {
            var offset = 0
            var isMore = true
            while isMore {
                var room = unpacked.mutableSpan
                let step = try reader.inflate(packed.span.extracting(offset...), into: &room)
                offset += step.consumed
                guard writeAll(unpacked[..<step.produced], to: outlet) else { return }
                isMore = offset < packed.count || step.produced == unpacked.count
            }
            packed = chunk(of: source)
        }
        try reader.finish()
    } catch {
        failure.withLock { $0 = error }
    }
}

private func chunk(of source: CInt) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(source, &bytes, bytes.count)
        if count >= 0 { return Array(bytes[..<count]) }
        guard errno == EINTR else { return [] }
    }
}

private func writeAll(_ bytes: ArraySlice<UInt8>, to outlet: CInt) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(outlet, $0.baseAddress, $0.count) }
        if count > 0 { rest.removeFirst(count) } else if errno != EINTR { return false }
    }
    return true
}
