import ArgumentParser
import Database
import PMCommand
import PMPipe
import PMRecord
import Storage

struct UngradedCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "ungraded",
        abstract: "Print the alerted trades whose outcome is not known completely, ordered by time.",
        discussion: """
            'pm-store ungraded | pm-enrich grade | pm-store --quiet' fetches the prices and settlements that are \
            known by now. A trade that was graded before follows its outcome so far.
            """)

    // The outcomes are part of the newest schema.
    static let access = StoreAccess.writing

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Option(help: ArgumentHelp("Only trades since this time, or of this period.", valueName: "time"))
    var since: TimeOrPeriod?

    @Flag(help: "All stored trades, not only those with an alert.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "Read a settlement again for this long, because a dispute may change it.", valueName: "period"))
    var recheck = Period(.seconds(2 * 86_400))

    func run(on store: any Store, log: StageLog) throws(StageError) {
        var selection = UngradedSelection(
            recheckedSince: Timestamp.now().advanced(by: .zero - recheck.duration))
        (selection.since, selection.includesUnalerted) = (since?.timestamp, all)
        try printUngraded(selection, of: store, to: LineWriter())
    }
}
