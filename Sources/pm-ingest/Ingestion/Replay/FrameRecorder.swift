import Glibc
import Gzip
import PMJSON
import PMPipe
import PMRecord

/// Records raw frames with their time of receipt, one a line, for `--replay`.
///
/// A file that is large or old enough is rotated: renamed with the time, and compressed on its own thread to
/// `FILE-20260924T184500Z.gz`.
package struct FrameRecorder: ~Copyable {
    package struct Options: Sendable {
        package var path: String
        /// The size at which a file is rotated, in bytes. The default is 256 MiB.
        package var size = 256 << 20
        /// The age at which a file is rotated. The default is 1 h.
        package var age = Duration.seconds(3600)

        package init(path: String) {
            self.path = path
        }
    }

    private let options: Options
    private var output: LineWriter
    private var written: Int
    private var began: ContinuousClock.Instant

    /// Opens the file to append to it. A missing file is created with mode 0600.
    package init(_ options: Options) throws(StageError) {
        self.options = options
        output = try Self.open(options.path)
        began = .now
        written = Int(max(0, lseek(output.descriptor, 0, SEEK_END)))
    }

    deinit {
        close(output.descriptor)
    }

    package mutating func add(_ frame: [UInt8], feed: Feed, connection: Int, receivedAt: Timestamp) {
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.frame.rawValue)
            record.member(Key.receivedAt, receivedAt.description)
            record.member(Key.feed, feed.rawValue)
            record.member(Key.connection, connection)
            record.member(Key.frame, String(decoding: frame, as: UTF8.self))
        }
        output.append(writer.bytes)
        written += writer.bytes.count + 1
    }

    /// Writes the added frames, and rotates the file if it is due.
    package mutating func flush() throws(StageError) {
        try output.flush()
        guard written > 0, written >= options.size || began.duration(to: .now) >= options.age else { return }
        let rotated = "\(options.path)-\(Timestamp.now().description.filter { $0 != "-" && $0 != ":" })"
        guard rename(options.path, rotated) == 0 || errno == ENOENT else {
            throw .unable(to: "rotate recording \(options.path)")
        }
        let next = try Self.open(options.path)
        close(output.descriptor)
        output = next
        (written, began) = (0, .now)
        _ = Worker { compress(rotated) }
    }

    private static func open(_ path: String) throws(StageError) -> LineWriter {
        let descriptor = Glibc.open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open recording \(path)") }
        var output = LineWriter(descriptor: descriptor, name: "recording \(path)")
        if endsInsideLine(descriptor) { output.append([]) }
        return output
    }
}

/// Returns true if the last line has no newline, as after a crash.
private func endsInsideLine(_ descriptor: CInt) -> Bool {
    var last: UInt8 = 0
    let size = lseek(descriptor, 0, SEEK_END)
    return size > 0 && pread(descriptor, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
}

/// Compresses a rotated file, and deletes it after the compressed file is synced. On an error the file stays as it is.
private func compress(_ path: String) {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { return }
    defer { close(source) }
    let draft = "\(path).gz.new"
    let target = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard target >= 0 else { return }
    defer { close(target) }
    var writer = GzipWriter()
    var output = LineWriter(descriptor: target, name: draft)
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    do throws(StageError) {
        while true {
            let count = read(source, &chunk, chunk.count)
            guard count >= 0 || errno == EINTR else { throw .unable(to: "read \(path)") }
            if count == 0 { break }
            var compressed: [UInt8] = []
            writer.write(chunk.span.extracting(..<max(0, count)), into: &compressed)
            output.append(raw: compressed)
            try output.flush()
        }
        var compressed: [UInt8] = []
        writer.finish(into: &compressed)
        output.append(raw: compressed)
        try output.flush()
    } catch {
        unlink(draft)
        return
    }
    if fsync(target) == 0, rename(draft, "\(path).gz") == 0 { unlink(path) }
}
