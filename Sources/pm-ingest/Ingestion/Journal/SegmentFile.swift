import Glibc

/// A segment that is open for writing. A failed write is undone; synced lines stay.
final class SegmentFile {
    let segment: Segment
    private let descriptor: CInt
    /// The size in bytes of all lines that are written and synced.
    private(set) var size = 0

    /// Creates the file, which must not exist or must be empty, and syncs the directory.
    init(_ segment: Segment, in directory: String) throws(Errno) {
        self.segment = segment
        let path = segment.path(in: directory)
        var descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0, errno == EEXIST, isEmptyFile(path) {
            descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)  // left by a run that wrote nothing
        }
        self.descriptor = descriptor
        guard descriptor >= 0 else { throw Errno.last }
        try syncDirectory(directory)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends whole lines and syncs them. On an error, the file is truncated to its size before.
    func append(_ bytes: [UInt8], sync: Bool) throws(Errno) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + written, $0.count - written, off_t(size + written))
            }
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                let cause = count == 0 ? Errno(ENOSPC) : Errno.last
                ftruncate(descriptor, off_t(size))
                throw cause
            }
        }
        if sync {
            while fdatasync(descriptor) != 0 {
                guard errno == EINTR else {
                    // After a failed fsync, the state of these pages in the kernel's cache is unknown.
                    let cause = Errno.last
                    ftruncate(descriptor, off_t(size))
                    throw cause
                }
            }
        }
        size += bytes.count
    }

    /// True if the directory still has the file, with all of its lines. Another program may have deleted, moved or
    /// shortened it.
    func isInPlace(in directory: String) -> Bool {
        var (open, named) = (stat(), stat())
        return fstat(descriptor, &open) == 0 && lstat(segment.path(in: directory), &named) == 0
            && open.st_ino == named.st_ino && open.st_dev == named.st_dev && named.st_size >= size
    }
}

private func isEmptyFile(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size == 0
}

/// Syncs a directory, so that created and deleted names survive a crash.
func syncDirectory(_ directory: String) throws(Errno) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Errno.last }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw Errno.last }
}
