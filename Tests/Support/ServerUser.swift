import Glibc

/// The user that a database server runs as. PostgreSQL does not run as root, so root uses `postgres` or
/// `nobody`.
struct ServerUser {
    private let identity: (uid: uid_t, gid: gid_t)?
    private let setpriv: String

    init() throws {
        setpriv = Executables.installed("setpriv") ?? ""
        guard geteuid() == 0 else {
            identity = nil
            return
        }
        guard !setpriv.isEmpty, let entry = getpwnam("postgres") ?? getpwnam("nobody") else {
            throw TestFailure("root needs setpriv and a user postgres or nobody to run a server")
        }
        identity = (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// Returns the command line that runs `program` as this user.
    func command(_ program: String, _ arguments: [String]) -> [String] {
        guard let identity else { return [program] + arguments }
        let ids = ["--reuid=\(identity.uid)", "--regid=\(identity.gid)", "--clear-groups", "--"]
        return [setpriv] + ids + [program] + arguments
    }

    func own(_ path: String) throws {
        guard let identity else { return }
        guard chown(path, identity.uid, identity.gid) == 0 else {
            throw TestFailure.unable(to: "chown \(path)")
        }
    }
}
