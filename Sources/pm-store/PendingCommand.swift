import ArgumentParser
import Database
import PMPipe
import Storage

struct PendingCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "pending",
        abstract: "Print the stored trades whose enrichment is incomplete, ordered by time.")

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Option(help: ArgumentHelp("Only trades since this time, or of this period.", valueName: "time"))
    var since: TimeOrPeriod?

    func run(on store: any Store, log: StageLog) throws(StageError) {
        var selection = TradeSelection()
        (selection.since, selection.isUnenriched) = (since?.timestamp, true)
        try printTrades(selection, of: store, to: LineWriter())
    }
}
