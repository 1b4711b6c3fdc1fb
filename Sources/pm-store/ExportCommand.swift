import ArgumentParser
import Database
import PMPipe
import PMRecord
import Storage

struct ExportCommand: Subcommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print stored trades ordered by time, each as the line that came in, or as CSV.",
        discussion: """
            Times are RFC 3339 (2026-11-22T10:00:00Z or 2026-11-22), or a period that ends now (24h). \
            'pm-store export | pm-enrich | pm-store' enriches again.
            """)

    @ParentCommand var store: StoreCommand
    @OptionGroup var database: DatabaseOptions

    @Option(help: ArgumentHelp("Only trades since this time.", valueName: "time"))
    var since: TimeOrPeriod?

    @Option(help: ArgumentHelp("Only trades before this time.", valueName: "time"))
    var until: TimeOrPeriod?

    @Option(help: ArgumentHelp("Only this wallet; repeatable.", valueName: "address"))
    var wallet: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only this market, by condition id, slug or event slug; repeatable.", valueName: "id-or-slug"))
    var market: [String] = []

    @Option(help: ArgumentHelp("Only this tier; repeatable.", valueName: "name"))
    var tier: [String] = []

    @Option(
        help: ArgumentHelp("ndjson, or csv with the columns of the view trade_details.", valueName: "format"))
    var format = ExportFormat.ndjson

    func run(on store: any Store, log: StageLog) throws(StageError) {
        var selection = TradeSelection()
        (selection.since, selection.until) = (since?.timestamp, until?.timestamp)
        selection.wallets = wallet.map { $0.lowercased() }
        // rows of an earlier version may have the id in the form that was given
        selection.markets = market + market.map { ConditionID($0).text }.filter { !market.contains($0) }
        selection.tiers = tier.map { $0.uppercased() }
        switch format {
        case .ndjson: try printTrades(selection, of: store, to: LineWriter())
        case .csv: try printCSV(selection, of: store, to: LineWriter())
        }
    }
}

enum ExportFormat: String, ExpressibleByArgument, CaseIterable {
    case ndjson, csv
}
