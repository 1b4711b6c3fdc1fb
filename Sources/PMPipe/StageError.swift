import Glibc

/// Exit statuses, in the vocabulary of `sysexits.h`.
package enum ExitStatus: Int32, Sendable {
    case ok = 0
    case usage = 64  // EX_USAGE, the status ArgumentParser gives a bad flag
    case badData = 65  // EX_DATAERR: a line breaks the record contract, and --strict was given
    case noInput = 66  // EX_NOINPUT: an input file does not exist or cannot be read
    case unavailable = 69  // EX_UNAVAILABLE: a peer stayed away through every retry
    case cannotCreate = 73  // EX_CANTCREAT: an output file cannot be created
    case inputOutput = 74  // EX_IOERR: a pipe or file failed under us
    case tryAgain = 75  // EX_TEMPFAIL: stopped by a signal before the end of input
    case noPermission = 77  // EX_NOPERM: the user may not open a file
    case configuration = 78  // EX_CONFIG: a setting or a database schema that no retry mends
}

/// The one error that crosses a stage's boundary: a status for the shell, a sentence for the operator.
package struct StageError: Error, Equatable {
    package let status: ExitStatus
    package let message: String?
    /// True if the disk was full or a quota was used up: the same call may succeed later.
    package let isForLackOfRoom: Bool

    package init(_ status: ExitStatus, _ message: String?, isForLackOfRoom: Bool = false) {
        self.status = status
        self.message = message
        self.isForLackOfRoom = isForLackOfRoom
    }

    /// The reader of our output has left. This is no failure and is not logged: in a pipeline only the stage
    /// that failed should log.
    package static let downstreamClosed = StageError(.ok, nil)

    /// Creates the error of an input file that could not be opened: 77 without permission, 66 when it is not there.
    package static func unableToOpen(_ path: String, errno number: CInt = errno) -> StageError {
        .unable(to: "open \(path)", errno: number, status(of: number, else: .noInput))
    }

    /// Creates the error of an output file that could not be created: 77 without permission, otherwise 73.
    package static func unableToCreate(_ path: String, errno number: CInt = errno) -> StageError {
        .unable(to: "create \(path)", errno: number, status(of: number, else: .cannotCreate))
    }

    private static func status(of number: CInt, else other: ExitStatus) -> ExitStatus {
        switch number {
        case EACCES, EPERM: .noPermission
        case ENOENT, ENOTDIR, EISDIR, EEXIST, EROFS: other
        default: .inputOutput
        }
    }

    /// Creates the error "unable to `action`: `strerror(number)`".
    package static func unable(
        to action: String, errno number: CInt = errno, _ status: ExitStatus = .inputOutput
    ) -> StageError {
        StageError(
            status, "unable to \(action): \(String(cString: strerror(number)))",
            isForLackOfRoom: number == ENOSPC || number == EDQUOT)
    }
}
