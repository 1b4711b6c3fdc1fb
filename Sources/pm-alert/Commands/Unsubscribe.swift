import ArgumentParser
import Database
import PMCommand
import PMPipe

struct Unsubscribe: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Tell someone nothing any more.",
        discussion: "Exits with status 64 when nobody of that name subscribes.")

    @OptionGroup var database: DatabaseOption

    @Option(help: ArgumentHelp("Who was told.", valueName: "name"))
    var name: String

    @ParentCommand var stage: AlertCommand

    func run() throws {
        try run(logging: stage.log) { _ throws(StageError) in
            let store = try database.location().makeStore()
            let wasThere = try attempt { () throws(StoreError) in try store.removeSubscriber(named: name) }
            guard wasThere else { throw StageError(.usage, "nobody subscribes as \(name)") }
        }
    }
}
