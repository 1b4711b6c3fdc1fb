import Glibc

/// The identity of a file, which a path loses when the file is deleted or replaced.
struct FileIdentity: Equatable {
    private let device: dev_t
    private let inode: ino_t

    /// - Returns: `nil` when there is no file at the path.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (device, inode) = (status.st_dev, status.st_ino)
    }
}
