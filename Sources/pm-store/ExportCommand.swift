import ArgumentParser
import Database
import PMCommand
import PMPipe
import PMRecord
import Storage

struct ExportCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print stored trades by time, each the line that came in.",
        discussion: """
            Times are RFC 3339 (2026-11-22T10:00:00Z or 2026-11-22), or a period that ends now (24h). \
            'pm-store export | pm-enrich | pm-store' enriches anew.
            """)

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Option(help: ArgumentHelp("Only trades from that time on.", valueName: "time"))
    var since: Moment?

    @Option(help: ArgumentHelp("Only trades before that time.", valueName: "time"))
    var until: Moment?

    @Option(help: ArgumentHelp("Only that wallet; repeatable.", valueName: "address"))
    var wallet: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only that market, by condition id, slug or event slug; repeatable.", valueName: "id-or-slug"))
    var market: [String] = []

    @Option(help: ArgumentHelp("Only that tier; repeatable.", valueName: "name"))
    var tier: [String] = []

    func run(on store: any Store, log: StageLog) throws(StageError) {
        var selection = Selection()
        (selection.since, selection.until) = (since?.timestamp, until?.timestamp)
        (selection.wallets, selection.markets) = (wallet.map { $0.lowercased() }, market)
        selection.tiers = tier.map { $0.uppercased() }
        try export(selection, of: store, to: LineWriter())
    }
}

struct PendingCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "pending",
        abstract: "Print the stored trades whose enrichment is still wanting, by time.")

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Option(help: ArgumentHelp("Only trades from that time on, or of that period.", valueName: "time"))
    var since: Moment?

    func run(on store: any Store, log: StageLog) throws(StageError) {
        var selection = Selection()
        (selection.since, selection.isWanting) = (since?.timestamp, true)
        try export(selection, of: store, to: LineWriter())
    }
}

struct GapsCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "gaps",
        abstract: "Print the stretches of time in which a feed was not heard, and that are not closed.")

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Flag(help: "Those that were closed, too.")
    var all = false

    func run(on store: any Store, log: StageLog) throws(StageError) {
        try printGaps(of: store, includingClosed: all, to: LineWriter())
    }
}

/// A moment on a command line: RFC 3339, or a period that ends now.
struct Moment: ExpressibleByArgument {
    let timestamp: Timestamp

    init?(argument: String) {
        if let timestamp = Timestamp(argument) {
            self.timestamp = timestamp
        } else if let period = Period(argument: argument) {
            timestamp = Timestamp.now().advanced(by: .zero - period.duration)
        } else {
            return nil
        }
    }
}
