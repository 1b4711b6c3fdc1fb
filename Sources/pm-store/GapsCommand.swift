import ArgumentParser
import Database
import PMPipe
import Storage

struct GapsCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "gaps",
        abstract: "Print the gaps, times in which a feed was not received, that are not closed.")

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Flag(help: "Print closed gaps too.")
    var all = false

    func run(on store: any Store, log: StageLog) throws(StageError) {
        try printGaps(of: store, includingClosed: all, to: LineWriter())
    }
}
