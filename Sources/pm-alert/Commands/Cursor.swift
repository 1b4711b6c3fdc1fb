import Alerting
import ArgumentParser
import PMCommand
import PMJSON
import PMPipe
import PMRecord

struct Cursor: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Print the last mark of each stream whose alerts are all in the outbox.",
        discussion: """
            Writes one JSON object a line: stream, seq, time. The outbox holds every alert about a trade of the stream \
            up to seq. Writes nothing when the file does not exist.
            """)

    @Option(
        name: .customLong("ledger"),
        help: ArgumentHelp("The outbox file. (default: PM_ALERT_LEDGER)", valueName: "file"))
    var outbox: String?

    @ParentCommand var stage: AlertCommand

    func run() throws {
        try run(logging: stage.log) { _ throws(StageError) in
            guard let path = outbox ?? stage.outbox ?? Setting.text("PM_ALERT_LEDGER") else {
                throw StageError(.usage, "no outbox: set --ledger FILE or PM_ALERT_LEDGER")
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
