import ArgumentParser
import Database
import PMPipe
import Storage

struct CursorCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "cursor",
        abstract: "Print how far each stream has been stored, one object a line; nothing where none has.")

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    func run(on store: any Store, log: StageLog) throws(StageError) {
        try printCursors(of: store, to: LineWriter())
    }
}
