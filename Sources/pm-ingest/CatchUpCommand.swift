import ArgumentParser
import Glibc
import Ingestion
import PMCommand
import PMPipe

struct CatchUpCommand: ParsableCommand {
    static let _errorLabel = "pm-ingest"

    static let configuration = CommandConfiguration(
        commandName: "catch-up",
        abstract: "Emit a journal's lines, then the output of the pm-ingest that writes it.",
        discussion: """
            For stages that start again behind a running pm-ingest, whose output is standard input: emits the journal's \
            lines after --after up to the first line of standard input, and then standard input. --journal and \
            --after are options of pm-ingest itself.

            """
                + exitStatusHelp([
                    (.ok, "end of input, or the reader of standard output has gone"),
                    (.usage, "bad usage"),
                    (.inputOutput, "a read or write failed"),
                ]))

    // ArgumentParser assigns an option that both commands declare to the parent. So this reads the parent's.
    @ParentCommand var main: IngestCommand

    func run() throws {
        guard let journal = main.journal.settings, let after = main.journal.afterSeq else {
            throw ValidationError(
                "catch-up needs --journal and --after, such as --journal var/journal --after 1200")
        }
        try run(logging: main.common.log(for: "pm-ingest")) { _ throws(StageError) in
            // A signal to the process group is for pm-ingest; this stage ends with its input.
            signal(SIGINT, SIG_IGN)
            var catchUp = JournalCatchUp(of: journal.directory, after: after)
            try catchUp.run()
        }
    }
}
