import Alerting
import ArgumentParser
import Database
import PMCommand
import PMPipe

struct Subscribers: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "List who is told what, and where.",
        discussion: """
            Writes one JSON object a line, as --subscribers takes them. Secrets are not among it: they are in the \
            files it names.
            """
    )

    @OptionGroup var database: DatabaseOption
    @ParentCommand var stage: AlertCommand

    func run() throws {
        try run(logging: stage.log) { _ throws(StageError) in
            let store = try database.location().makeStore()
            var output = LineWriter()
            for subscriber in try attempt({ () throws(StoreError) in try store.subscribers() }) {
                output.append(subscriber.line)
            }
            try output.flush()
        }
    }
}
