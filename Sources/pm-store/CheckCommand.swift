import ArgumentParser
import Database
import PMPipe
import Storage

struct CheckCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Connect, describe the database and the pending migrations, and change nothing.")

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    func run(on store: any Store, log: StageLog) throws(StageError) {
        try printCheck(of: store, to: LineWriter())
    }
}
