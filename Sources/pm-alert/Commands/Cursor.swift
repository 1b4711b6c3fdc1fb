import Alerting
import ArgumentParser
import PMCommand
import PMJSON
import PMPipe
import PMRecord

struct Cursor: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Print how far each stream has been considered for alerts.",
        discussion: """
            One JSON object a line: stream, seq, time. All alerts that derive from the stream up to seq stand in the \
            ledger. Nothing is printed for a ledger that is not there.
            """)

    @Option(help: ArgumentHelp("The ledger. (default: that of PM_ALERT_LEDGER)", valueName: "file"))
    var ledger: String?

    @ParentCommand var stage: AlertCommand

    func run() throws {
        try run(logging: stage.log) { _ throws(StageError) in
            guard let path = ledger ?? stage.ledger ?? Setting.text("PM_ALERT_LEDGER") else {
                throw StageError(.usage, "say which: --ledger FILE, or PM_ALERT_LEDGER")
            }
            var output = LineWriter()
            for mark in try OutboxLog.cursors(in: path) { output.append(line(mark)) }
            try output.flush()
        }
    }

    private func line(_ mark: Mark) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            entry.member(Key.stream, mark.stream)
            entry.member(Key.seq, mark.seq)
            entry.member(Key.time, mark.time.description)
        }
        return writer.bytes
    }
}
