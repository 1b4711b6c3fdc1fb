import Glibc
import Gzip
import PMJSON
import PMPipe
import PMRecord

/// Keeps raw frames with their time of receipt, one a line, for `--replay`.
///
/// A file that is large or old enough is put aside under its time, `FILE-20260924T184500Z.gz`, packed by a thread of
/// its own.
package struct Recorder: ~Copyable {
    package struct Options: Sendable {
        package var path: String
        /// Bytes after which a file is put aside. The default is 256 MiB.
        package var size = 256 << 20
        /// How long a file is written to. The default is 1 h.
        package var age = Duration.seconds(3600)

        package init(path: String) {
            self.path = path
        }
    }

    private let options: Options
    private var output: LineWriter
    private var written: Int
    private var began: ContinuousClock.Instant

    /// Opens the file, made with mode 0600 if it is missing, and appended to if it is there.
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

    /// Writes what was added, and puts the file aside if its time has come.
    package mutating func flush() throws(StageError) {
        try output.flush()
        guard written > 0, written >= options.size || began.duration(to: .now) >= options.age else { return }
        let aside = "\(options.path)-\(Timestamp.now().description.filter { $0 != "-" && $0 != ":" })"
        guard rename(options.path, aside) == 0 || errno == ENOENT else {
            throw .unable(to: "put recording \(options.path) aside")
        }
        let next = try Self.open(options.path)
        close(output.descriptor)
        output = next
        (written, began) = (0, .now)
        _ = Worker { pack(aside) }
    }

    private static func open(_ path: String) throws(StageError) -> LineWriter {
        let descriptor = Glibc.open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open recording \(path)") }
        var output = LineWriter(descriptor: descriptor, name: "recording \(path)")
        if isTorn(descriptor) { output.append([]) }
        return output
    }
}

/// Whether a crash has left the last line without its end.
private func isTorn(_ descriptor: CInt) -> Bool {
    var last: UInt8 = 0
    let size = lseek(descriptor, 0, SEEK_END)
    return size > 0 && pread(descriptor, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
}

/// Packs a file that is complete, and removes it when its packed form is safe. A failure leaves it as it is.
private func pack(_ path: String) {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { return }
    defer { close(source) }
    let draft = "\(path).gz.new"
    let target = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
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
            var packed: [UInt8] = []
            writer.write(chunk.span.extracting(..<max(0, count)), into: &packed)
            output.append(raw: packed)
            try output.flush()
        }
        var packed: [UInt8] = []
        writer.finish(into: &packed)
        output.append(raw: packed)
        try output.flush()
    } catch {
        unlink(draft)
        return
    }
    if fsync(target) == 0, rename(draft, "\(path).gz") == 0 { unlink(path) }
}
