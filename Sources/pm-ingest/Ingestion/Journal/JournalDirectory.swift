import Crypto
import Glibc
import PMPipe

/// The journal's directory, locked by one process at a time, and the stream id in it.
struct JournalDirectory: ~Copyable {
    let path: String
    /// The stream id, 16 hex digits: created with the directory, and part of every mark.
    let stream: String
    /// True if the stream id was created by this run.
    let isNewStream: Bool
    private var lock: CInt

    /// Creates the directory if it is missing, and locks it.
    ///
    /// - Throws: ``ExitStatus/configuration`` when another user owns it or can write to it, ``ExitStatus/tryAgain`` while
    ///   another process holds the lock.
    init(path: String) throws(StageError) {
        try Self.create(path)
        let descriptor = try Self.lock(path)
        let (stream, isNew): (String, Bool)
        do throws(StageError) {
            (stream, isNew) = try Self.findStream(in: descriptor, "\(path)/stream")
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.stream = stream
        isNewStream = isNew
        lock = descriptor
    }

    deinit {
        close(lock)
    }

    /// Creates the directory again after it was deleted or renamed, with the same stream id, and locks it.
    mutating func recreate() throws(StageError) {
        try Self.create(path)
        let descriptor = try Self.lock(path)
        close(lock)
        lock = descriptor
        try Self.write(stream, to: descriptor, "\(path)/stream")
    }

    private static func create(_ path: String) throws(StageError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .unable(to: "create journal \(path)") }
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unable(to: "open journal \(path)") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw StageError(.configuration, "the journal \(path) is not a directory")
        }
        guard status.st_uid == geteuid() else {
            throw StageError(
                .configuration,
                "the journal \(path) belongs to another user (uid \(status.st_uid)); use a directory of your own"
            )
        }
        guard status.st_mode & 0o022 == 0 else {
            throw StageError(
                .configuration,
                "other users can write to the journal \(path); forbid it, as with: chmod go-w \(path)")
        }
    }

    private static func lock(_ path: String) throws(StageError) -> CInt {
        let file = "\(path)/stream"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open \(file)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StageError(.tryAgain, "another pm-ingest uses the journal \(path)")
        }
        return descriptor
    }

    /// Returns the stream id in the file; writes a new one when it has none.
    private static func findStream(in descriptor: CInt, _ file: String) throws(StageError) -> (String, Bool) {
        if let known = try stream(in: descriptor, file) { return (known, false) }
        let stream = hexadecimal(randomBytes(8))
        try write(stream, to: descriptor, file)
        return (stream, true)
    }

    /// Returns the stream id in the file; `nil` when it is empty.
    private static func stream(in descriptor: CInt, _ file: String) throws(StageError) -> String? {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .unable(to: "read \(file)") }
        let known = String(decoding: bytes.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self)
        return known.isEmpty ? nil : known
    }

    private static func write(_ stream: String, to descriptor: CInt, _ file: String) throws(StageError) {
        let line = Array((stream + "\n").utf8)
        guard line.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == line.count,
            fsync(descriptor) == 0
        else { throw .unable(to: "write \(file)") }
    }
}
