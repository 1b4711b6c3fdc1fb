import ArgumentParser
import Database
import PMCommand
import PMPipe
import PMRecord
import Storage

struct PruneCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove trades, alerts and snapshots older than a period, a thousand at a time.")

    static let access = StoreAccess.writing

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Option(help: ArgumentHelp("How old what goes must be.", valueName: "period"))
    var olderThan: Period

    func run(on store: any Store, log: StageLog) throws(StageError) {
        let count = try prune(store, before: Timestamp.now().advanced(by: .zero - olderThan.duration))
        log.notice("removed \(count) rows older than \(olderThan)")
    }
}

struct CheckCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Connect, say what the database is and what would be done to it, and change nothing.")

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    func run(on store: any Store, log: StageLog) throws(StageError) {
        try check(store, sayingTo: LineWriter())
    }
}
