import Glibc
import PMPipe

/// The compaction of an outbox: replaces its file by a shorter one, and opens that for appending. ``OutboxLog`` appends.
struct OutboxCompaction {
    /// The file, open for appending.
    let descriptor: CInt
    /// The size of the file in bytes.
    let size: Int
    /// True if the last line has no newline.
    let endsInsideLine: Bool

    /// Replaces the file by these lines. If the disk has no room for a second file, opens the first as it is.
    static func replace(_ path: String, with lines: [[UInt8]]) throws(StageError) -> OutboxCompaction {
        let draft = "\(path).new"
        do throws(StageError) {
            return try write(lines, to: draft, thenRenameTo: path)
        } catch {
            guard error.isForLackOfRoom else { throw error }
            unlink(draft)
            return try open(path)
        }
    }

    private static func open(_ path: String) throws(StageError) -> OutboxCompaction {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open outbox \(path)") }
        let size = lseek(descriptor, 0, SEEK_END)
        var last = UInt8(ascii: "\n")
        _ = pread(descriptor, &last, 1, max(0, size - 1))
        return OutboxCompaction(
            descriptor: descriptor, size: Int(size), endsInsideLine: last != UInt8(ascii: "\n"))
    }

    /// Writes and syncs a draft before the rename, so that a complete file exists at any time.
    private static func write(
        _ lines: [[UInt8]], to draft: String, thenRenameTo path: String
    ) throws(StageError) -> OutboxCompaction {
        let descriptor = Glibc.open(
            draft, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "make \(draft)") }
        var output = LineWriter(descriptor: descriptor, name: "outbox \(path)")
        var size = 0
        do throws(StageError) {
            for line in lines {
                size += line.count + 1
                output.append(line)
                if output.count > 1 << 20 { try output.flush() }
            }
            try output.flush()
            guard fsync(descriptor) == 0, rename(draft, path) == 0 else {
                throw .unable(to: "write outbox \(path)")
            }
            try syncDirectory(of: path)
        } catch {
            close(descriptor)
            throw error
        }
        return OutboxCompaction(descriptor: descriptor, size: size, endsInsideLine: false)
    }

    private static func syncDirectory(of path: String) throws(StageError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unable(to: "open \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unable(to: "sync \(folder)") }
    }
}
