import Alerting
import ArgumentParser
import Database
import PMCommand
import PMPipe

struct Subscribers: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "List the subscribers with their channels and filters.",
        discussion: """
            Writes one JSON object a line, in the form that --subscribers reads. The list has the paths of the files \
            with the secrets, and no secrets.
            """)

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
