import ArgumentParser
import Database
import PMCommand
import PMPipe
import Storage

/// `pm-store cursor`.
struct PrintCursors: ParsableCommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "cursor",
        abstract: "Print how far each stream has been stored, one object a line; nothing where none has.")

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        try run(logging: store.log) { _ throws(StageError) in
            try printCursors(of: try database.location(else: store.database).makeStore(), to: LineWriter())
        }
    }
}
