import ArgumentParser
import Database
import PMCommand
import PMPipe
import Storage

struct ImportCommand: ParsableCommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract:
            "Store a large input in a database without trades, and build the indexes of trades at the end.",
        discussion: """
            In a database that has trades, it stores as pm-store does. Nothing is passed on. After an interruption, the \
            next start of pm-store builds the indexes; importing the same input again changes nothing.
            """)

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let log = store.log
        try store.run(logging: log) { process throws(StageError) in
            let location = try database.location(else: store.database)
            let target = location.makeStore()
            let isBulk = try asStage { () throws(StoreError) in try target.dropTradeIndexes() }
            if !isBulk { log.notice("the database has trades: their indexes stay while the input is stored") }
            try store.store(in: location, isQuiet: true, isBulkLoad: isBulk, process, log)
            try asStage { () throws(StoreError) in try target.buildTradeIndexes() }
        }
    }
}
