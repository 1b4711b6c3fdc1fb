import Glibc
import TestSupport
import Testing

/// One warning when the database went, one notice when it came back, and nothing between.
func expectOutageToldOnce(_ child: ChildProcess, because reason: String = "") {
    let said = child.errors.split(separator: "\n")
    #expect(said.count == 2, "\(said)")
    #expect(said.first?.contains("warning: the database is away") == true)
    #expect(said.first?.contains(reason) != false || reason.isEmpty, "\(said)")
    #expect(said.last?.contains("the database is back after") == true)
}

/// A disk of a few megabytes, gone when nobody refers to it any more. Only root may make one.
final class SmallDisk: Sendable {
    let directory: TemporaryDirectory

    static var isAllowed: Bool { (try? SmallDisk(bytes: 1 << 20)) != nil }

    /// - Parameter neighbour: Whose owner the disk is to have; by default it is ours.
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
