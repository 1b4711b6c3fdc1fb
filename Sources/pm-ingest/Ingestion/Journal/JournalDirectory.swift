import Crypto
import Glibc
import PMPipe

/// The journal's directory, locked by one process at a time, and the stream id in it.
struct JournalDirectory: ~Copyable {
    let path: String
    /// The stream id, 16 hex digits: created with the directory, and part of every mark.
    let stream: String
    private let lock: CInt

    /// Creates the directory if it is missing, and locks it.
    ///
    /// - Throws: ``ExitStatus/configuration`` when it is world-writable, ``ExitStatus/tryAgain`` while another process
    ///   holds the lock.
    init(path: String) throws(StageError) {
        self.path = path
        try Self.create(path)
        let file = "\(path)/stream"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open \(file)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StageError(.tryAgain, "another pm-ingest uses the journal \(path)")
        }
        do throws(StageError) {
            stream = try Self.stream(in: descriptor, file)
            lock = descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit {
        close(lock)
    }

    /// Creates the directory again after it was deleted, with the same stream id.
    func recreate() throws(StageError) {
        try Self.create(path)
        let file = "\(path)/stream"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open \(file)") }
        defer { close(descriptor) }
        let line = Array((stream + "\n").utf8)
        _ = line.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private static func create(_ path: String) throws(StageError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .unable(to: "create journal \(path)") }
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unable(to: "open journal \(path)") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw StageError(.configuration, "the journal \(path) is not a directory")
        }
        guard status.st_mode & 0o002 == 0 else {
            throw StageError(.configuration, "the journal \(path) is world-writable")
        }
    }

    private static func stream(in descriptor: CInt, _ file: String) throws(StageError) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .unable(to: "read \(file)") }
        let known = String(decoding: bytes.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self)
        if !known.isEmpty { return known }
        let stream = hexadecimal(randomBytes(8))
        let line = Array((stream + "\n").utf8)
        guard line.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == line.count,
            fsync(descriptor) == 0
        else { throw .unable(to: "write \(file)") }
        return stream
    }
}
