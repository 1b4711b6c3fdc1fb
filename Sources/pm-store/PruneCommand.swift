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
        abstract: "Remove trades, outcomes, alerts and snapshots older than a period, a thousand at a time.")

    static let access = StoreAccess.writing

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Option(help: ArgumentHelp("Remove rows older than this.", valueName: "period"))
    var olderThan: Period

    func run(on store: any Store, log: StageLog) throws(StageError) {
        let count = try prune(store, before: Timestamp.now().advanced(by: .zero - olderThan.duration))
        log.notice("removed \(count) rows older than \(olderThan)")
    }
}
