import Glibc
import PMPipe

/// The file of an outbox: opening, replacing, and noticing that somebody else has removed it.
///
/// Without a path it is a file without a name, which ends with the process: it keeps alerts out of memory.
struct OutboxFile {
    let descriptor: CInt
    let path: String?

    /// The file's name in errors.
    static func name(_ path: String?) -> String {
        path.map { "outbox \($0)" } ?? "the file of waiting alerts"
    }

    /// Opens the file, or makes it with mode 0600.
    static func open(_ path: String?) throws(StageError) -> OutboxFile {
        guard let path else { return try unnamed() }
        return OutboxFile(descriptor: try descriptor(path, O_RDWR | O_CREAT | O_APPEND), path: path)
    }

    /// Opens the file for reading; returns `nil` if it does not exist.
    static func openForReading(_ path: String) throws(StageError) -> OutboxFile? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw .unable(to: "open outbox \(path)") }
        return OutboxFile(descriptor: descriptor, path: path)
    }

    /// Locks a file of its own, because compaction replaces the outbox.
    static func lock(_ path: String) throws(StageError) -> CInt {
        let descriptor = try descriptor("\(path).lock", O_RDWR | O_CREAT)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw StageError(.tryAgain, "another pm-alert uses the outbox \(path)")
        }
        return descriptor
    }

    /// Makes an empty file that ``takePlace()`` puts in the outbox's place.
    static func draft(of path: String?) throws(StageError) -> OutboxFile {
        guard let path else { return try unnamed() }
        return OutboxFile(
            descriptor: try descriptor("\(path).new", O_RDWR | O_CREAT | O_TRUNC | O_APPEND), path: path)
    }

    /// Syncs a draft, and renames it to the outbox's path: a complete file exists at any time.
    func takePlace() throws(StageError) {
        guard let path else { return }
        guard fsync(descriptor) == 0, rename("\(path).new", path) == 0 else {
            throw .unable(to: "write outbox \(path)")
        }
        try Self.syncDirectory(of: path)
    }

    /// Removes a draft.
    func discard() {
        if let path { unlink("\(path).new") }
        close()
    }

    func close() { Glibc.close(descriptor) }

    /// Returns the bytes of a line; `nil` if they cannot be read.
    func read(_ place: OutboxPlace) -> [UInt8]? {
        var line = [UInt8](repeating: 0, count: place.count)
        return pread(descriptor, &line, place.count, off_t(place.offset)) == place.count ? line : nil
    }

    var size: Int { Int(lseek(descriptor, 0, SEEK_END)) }

    /// The state of the path.
    enum Place {
        case unchanged, deleted
        /// Another file has the path.
        case taken
    }

    var place: Place {
        guard let path else { return .unchanged }
        var (own, found) = (stat(), stat())
        guard fstat(descriptor, &own) == 0 else { return .unchanged }
        guard stat(path, &found) == 0 else { return errno == ENOENT ? .deleted : .unchanged }
        return own.st_ino == found.st_ino && own.st_dev == found.st_dev ? .unchanged : .taken
    }

    // MARK: Private

    private static func descriptor(_ path: String, _ flags: CInt) throws(StageError) -> CInt {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open outbox \(path)") }
        return descriptor
    }

    private static func unnamed() throws(StageError) -> OutboxFile {
        // /tmp may be in memory, which the file is to save.
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var template = Array("\(folder)/pm-alert-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .unable(to: "make a file in \(folder)") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_APPEND)
        unlink(template)
        return OutboxFile(descriptor: descriptor, path: nil)
    }

    private static func syncDirectory(of path: String) throws(StageError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unable(to: "open \(folder)") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unable(to: "sync \(folder)") }
    }
}
