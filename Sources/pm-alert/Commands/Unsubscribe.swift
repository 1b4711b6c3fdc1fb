import ArgumentParser
import Database
import PMCommand
import PMPipe

struct Unsubscribe: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Remove a subscriber.",
        discussion: "Exits with status 64 when there is no subscriber of that name.")

    @OptionGroup var database: DatabaseOption

    @Option(help: ArgumentHelp("Name of the subscriber.", valueName: "name"))
    var name: String

    @ParentCommand var stage: AlertCommand

    func run() throws {
        try run(logging: stage.log) { _ throws(StageError) in
            let store = try database.location().makeStore()
            let isRemoved = try attempt { () throws(StoreError) in try store.removeSubscriber(named: name) }
            guard isRemoved else { throw StageError(.usage, "no subscriber is named \(name)") }
        }
    }
}
