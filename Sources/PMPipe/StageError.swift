import Glibc

/// Exit statuses, in the vocabulary of `sysexits.h`.
package enum ExitStatus: Int32, Sendable {
    case ok = 0
    case usage = 64  // EX_USAGE, the status ArgumentParser gives a bad flag
    case badData = 65  // EX_DATAERR: a line breaks the record contract, and --strict was given
    case unavailable = 69  // EX_UNAVAILABLE: a peer stayed away through every retry
    case inputOutput = 74  // EX_IOERR: a pipe or file failed under us
    case tryAgain = 75  // EX_TEMPFAIL: stopped by a signal before the end of input
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

    /// Creates the error "unable to `action`: `strerror(number)`".
    package static func unable(
        to action: String, errno number: CInt = errno, _ status: ExitStatus = .inputOutput
    ) -> StageError {
        StageError(
            status, "unable to \(action): \(String(cString: strerror(number)))",
            isForLackOfRoom: number == ENOSPC || number == EDQUOT)
    }
}
