import Glibc

/// The process around a stage: its log and its exit status.
package struct StageProcess: Sendable {
    package let log: StageLog

    package init(_ log: StageLog) {
        self.log = log
    }

    /// Runs `body`, logs its error to standard error, and returns the exit status.
    ///
    /// `SIGPIPE` is ignored from here on. A reader that leaves then shows up as `EPIPE`, after our own
    /// cleanup.
    package func run(_ body: () throws(StageError) -> Void) -> ExitStatus {
        signal(SIGPIPE, SIG_IGN)
        do {
            try body()
            return .ok
        } catch {
            if let message = error.message { log.fatal(message) }
            return error.status
        }
    }

    /// Logs the number of rejected lines, if any.
    ///
    /// - Throws: ``ExitStatus/badData`` when there were some and `isStrict` is set.
    package func settle(_ tally: Tally, isStrict: Bool, rejectsPath: String?) throws(StageError) {
        guard tally.rejected > 0 else { return }
        let lines = tally.rejected == 1 ? "1 line" : "\(tally.rejected) lines"
        let hint = rejectsPath.map { ", kept in \($0)" } ?? "; --rejects FILE keeps them"
        if isStrict { throw StageError(.badData, "\(lines) rejected\(hint)") }
        log.warning(.input, "\(lines) rejected\(hint)")
    }
}
