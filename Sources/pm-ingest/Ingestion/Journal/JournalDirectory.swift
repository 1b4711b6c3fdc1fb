import Crypto
import Glibc
import PMPipe

/// The journal's directory, held by one process at a time, and the stream's id that it keeps.
struct JournalDirectory: ~Copyable {
    let path: String
    /// 16 hex digits, made when the directory was; it names the stream in every mark.
    let stream: String
    private let lock: CInt

    /// Makes the directory if it is missing.
    ///
    /// - Throws: ``ExitStatus/configuration`` when others may write to it, ``ExitStatus/tryAgain`` while another
    ///   process has it.
    init(path: String) throws(StageError) {
        self.path = path
        try Self.make(path)
        let file = "\(path)/stream"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open \(file)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StageError(.tryAgain, "another pm-ingest writes the journal \(path)")
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

    /// Makes the directory again after somebody has deleted it, for the same stream.
    func remake() throws(StageError) {
        try Self.make(path)
        let file = "\(path)/stream"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open \(file)") }
        defer { close(descriptor) }
        let line = Array((stream + "\n").utf8)
        _ = line.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private static func make(_ path: String) throws(StageError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .unable(to: "make journal \(path)") }
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unable(to: "open journal \(path)") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw StageError(.configuration, "the journal \(path) is no directory")
        }
        guard status.st_mode & 0o002 == 0 else {
            throw StageError(.configuration, "the journal \(path) is writable for everybody")
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
