import Glibc
import PMPipe

/// An open segment that is written to: what was synced stays, what fails midway is taken back.
final class SegmentFile {
    let segment: Segment
    private let descriptor: CInt
    /// Bytes that are written and synced, up to the end of a line.
    private(set) var size = 0

    /// Makes the file, which must not be there yet, and syncs its name.
    init(_ segment: Segment, in directory: String) throws(Errno) {
        self.segment = segment
        let path = segment.path(in: directory)
        var descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0, errno == EEXIST, isEmptyFile(path) {
            descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)  // made by a run that wrote nothing
        }
        self.descriptor = descriptor
        guard descriptor >= 0 else { throw Errno.last }
        try syncDirectory(directory)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends whole lines and syncs them; when that fails, the file is cut back to what it was.
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
                    // What the kernel thinks of these pages is not to be known any more.
                    let cause = Errno.last
                    ftruncate(descriptor, off_t(size))
                    throw cause
                }
            }
        }
        size += bytes.count
    }

    /// Whether the file still has its name: it may have been deleted under us.
    var isInPlace: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }
}

/// An error number of the C library.
package struct Errno: Error, Equatable, CustomStringConvertible {
    package let number: CInt

    package init(_ number: CInt) {
        self.number = number
    }

    static var last: Errno { Errno(errno) }

    package var description: String { String(cString: strerror(number)) }
}

private func isEmptyFile(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size == 0
}

/// Makes new and vanished names of a directory last.
func syncDirectory(_ directory: String) throws(Errno) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Errno.last }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw Errno.last }
}
