import ArgumentParser
import Database
import PMPipe
import Storage

struct CursorCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "cursor",
        abstract: "Print the last stored mark of each stream, one object a line; nothing where there is none."
    )

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    func run(on store: any Store, log: StageLog) throws(StageError) {
        try printCursors(of: store, to: LineWriter())
    }
}
