import ArgumentParser
import Database
import PMCommand
import PMPipe
import PMRecord
import Signals
import Storage

struct GradesCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "grades",
        abstract: "Print how the alerted trades turned out, by rule, tag, tier, category, price and label.",
        discussion: """
            A grade compares with the prices paid and with the same trades with the side reversed. Trades of one \
            market share its fate and count as one observation. Groups of fewer than 20 markets are withheld.
            """)

    static let access = StoreAccess.writing

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Option(help: ArgumentHelp("Only trades since this time, or of this period.", valueName: "time"))
    var since: TimeOrPeriod?

    @Option(help: ArgumentHelp("Only trades before this time.", valueName: "time"))
    var until: TimeOrPeriod?

    @Flag(help: "All trades with an outcome, not only those with an alert.")
    var all = false

    @Flag(help: "Print one JSON object for each grade instead of a table.")
    var json = false

    func run(on store: any Store, log: StageLog) throws(StageError) {
        try printGrades(
            of: store, since: since?.timestamp, until: until?.timestamp, includesUnalerted: all, asJSON: json,
            to: LineWriter())
    }
}
