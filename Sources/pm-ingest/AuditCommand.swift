import ArgumentParser
import Ingestion
import PMCommand
import PMPipe
import PMRecord

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Compare a settled stretch of the journal with the Data API.",
        discussion: """
            Writes one line that says how complete the journal is, and before it, with --missed, the trades that it \
            lacks. The stretch is a minute, ten minutes ago, unless another is named. --journal and --data-url are those \
            of pm-ingest itself.

            """
                + exitStatusHelp([
                    (.ok, "the comparison was made, whatever it said"),
                    (.usage, "bad usage"),
                    (.unavailable, "the Data API did not answer"),
                    (.inputOutput, "the journal could not be read"),
                ]))

    // ArgumentParser gives an option that both commands have to the outer one: it is said once, there.
    @ParentCommand var main: IngestCommand

    @Option(
        help: ArgumentHelp(
            "Where the stretch begins, as RFC 3339. (default: ten minutes ago)", valueName: "time"))
    var from: TimeArgument?

    @Option(name: .customLong("for"), help: ArgumentHelp("How long it is.", valueName: "time"))
    var length = Period(.seconds(60))

    @Flag(help: "Write the trades that the journal lacks, too.")
    var missed = false

    func run() throws {
        guard let journal = main.journal.settings else {
            throw ValidationError("which journal? --journal names its directory")
        }
        let log = main.common.log(for: "pm-ingest")
        try run(logging: log) { _ throws(StageError) in
            let begin = from?.time ?? Timestamp.now().advanced(by: .seconds(-600))
            let audit = JournalAudit(
                of: journal.directory, against: main.apiBase ?? DataAddress.standard,
                begin...begin.advanced(by: length.duration))
            let report = try audit.run()
            var output = LineWriter()
            if missed { for line in report.missed { output.append(line) } }
            output.append(report.line)
            try output.flush()
        }
    }
}

/// A moment on a command line.
struct TimeArgument: ExpressibleByArgument {
    let time: Timestamp

    init?(argument: String) {
        guard let time = Timestamp(argument) else { return nil }
        self.time = time
    }
}
