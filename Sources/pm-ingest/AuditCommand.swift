import ArgumentParser
import Ingestion
import PMCommand
import PMPipe
import PMRecord

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Compare a period of the journal with the Data API.",
        discussion: """
            Prints one line with the completeness of the journal. With --missed, it first prints the trades that the \
            journal lacks. The default period is one minute, ten minutes ago. --journal, --data-url and \
            --data-api are options of pm-ingest itself.

            """
                + exitStatusHelp([
                    (.ok, "the comparison was made, whatever its result"),
                    (.usage, "bad usage"),
                    (.unavailable, "the Data API did not answer"),
                    (.inputOutput, "the journal could not be read"),
                ]))

    // ArgumentParser assigns an option that both commands declare to the parent. So the audit reads the parent's.
    @ParentCommand var main: IngestCommand

    @Option(
        help: ArgumentHelp(
            "Start of the period, as RFC 3339. (default: ten minutes ago)", valueName: "time"))
    var from: TimeArgument?

    @Option(name: .customLong("for"), help: ArgumentHelp("Length of the period.", valueName: "time"))
    var length = Period(.seconds(60))

    @Flag(help: "Also print the trades that the journal lacks.")
    var missed = false

    func run() throws {
        guard let journal = main.journal.settings else {
            throw ValidationError("audit needs --journal")
        }
        let log = main.common.log(for: "pm-ingest")
        try run(logging: log) { _ throws(StageError) in
            let begin = from?.time ?? Timestamp.now().advanced(by: .seconds(-600))
            let audit = JournalAudit(
                of: journal.directory, against: main.apiBase ?? DataAddress.standard, main.dataApi,
                begin...begin.advanced(by: length.duration))
            let report = try audit.run()
            var output = LineWriter()
            if missed { for line in report.missed { output.append(line) } }
            output.append(report.line)
            try output.flush()
        }
    }
}

/// A time on a command line, as RFC 3339.
struct TimeArgument: ExpressibleByArgument {
    let time: Timestamp

    init?(argument: String) {
        guard let time = Timestamp(argument) else { return nil }
        self.time = time
    }
}
