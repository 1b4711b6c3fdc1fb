import Glibc
import TestSupport

/// A disk of a few megabytes, removed with the last reference to it. Only root may create one.
final class SmallDisk: Sendable {
    let directory: TemporaryDirectory

    static var isAllowed: Bool { (try? SmallDisk(bytes: 1 << 20)) != nil }

    /// - Parameter neighbour: A file whose owner the disk gets. The default is the current user.
    init(bytes: Int, ownedLike neighbour: String = "/proc/self") throws {
        directory = try TemporaryDirectory()
        var owner = stat()
        stat(neighbour, &owner)
        let options = "size=\(bytes),mode=700,uid=\(owner.st_uid)"
        guard mount("tmpfs", directory.path, "tmpfs", 0, options) == 0 else {
            throw TestFailure.unable(to: "mount a small disk")
        }
    }

    deinit {
        umount2(directory.path, CInt(MNT_DETACH))
    }

    func grow(to bytes: Int) throws {
        guard mount("tmpfs", directory.path, "tmpfs", UInt(MS_REMOUNT), "size=\(bytes)") == 0 else {
            throw TestFailure.unable(to: "enlarge a small disk")
        }
    }
}
