import ArgumentParser
import Filtering
import PMCommand
import PMPipe
import PMRecord

@main
struct FilterCommand: Program {
    static let _errorLabel = "pm-filter"

    static let configuration = CommandConfiguration(
        commandName: "pm-filter",
        abstract: "Pass on trades above a value, and grade them by tier.",
        discussion: """
            Reads one record a line on standard input and writes, unchanged but for their tier, the trades \
            that meet every threshold; bounds are inclusive. Records that are no trades pass untouched.

            """
                + exitStatusHelp([
                    (.ok, "end of input, or the reader of standard output has gone"),
                    (.usage, "bad usage"),
                    (.badData, "a line was rejected and --strict is set"),
                    (.inputOutput, "a read or write failed"),
                    (.tryAgain, "stopped by a signal before the end of input"),
                ]),
        version: projectVersion)

    @Option(help: ArgumentHelp("Smallest value of a trade, in dollars.", valueName: "usd"))
    var minValue = Setting.value("PM_FILTER_MIN_VALUE", default: Amount(1000))

    @Option(
        help: ArgumentHelp(
            "Highest price, in dollars per share; above it the outcome is nearly certain.", valueName: "price"
        ))
    var maxPrice = Setting.value("PM_FILTER_MAX_PRICE", default: Amount(Thresholds.nearCertain))

    @Option(
        help: ArgumentHelp(
            "A tier and its smallest value in dollars, added to or replacing the defaults; repeatable. (defaults: "
                + Tier.defaults.map { "\($0.name)=\($0.least)" }.joined(separator: ", ") + ")",
            valueName: "name=usd"))
    var tier: [TierArgument] = Setting.list("PM_FILTER_TIER")

    @Option(help: ArgumentHelp("Only trades of this side: BUY or SELL.", valueName: "side"))
    var side: Side?

    @Option(
        help: ArgumentHelp(
            "Only this market, by condition id, slug or event slug; repeatable.", valueName: "id-or-slug"))
    var market: [String] = Setting.list("PM_FILTER_MARKET")

    @Option(help: ArgumentHelp("Only this wallet; repeatable.", valueName: "address"))
    var wallet: [WalletArgument] = Setting.list("PM_FILTER_WALLET")

    @Flag(help: "Log the reason for every dropped trade to standard error.")
    var why = Setting.flag("PM_FILTER_WHY")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let log = common.log(for: "pm-filter")
        try run(logging: log) { process throws(StageError) in
            var filter = TradeFilter(
                Thresholds(
                    minValue: minValue.decimal, maxPrice: maxPrice.decimal,
                    side: side ?? Setting.optional("PM_FILTER_SIDE"),
                    markets: Set(market), wallets: Set(wallet.map(\.address))),
                tiers: Tiers(Tier.defaults + tier.map(\.tier)),
                explain: why ? { log.notice($0) } : nil)
            var rejects = try Rejects(stage: "pm-filter", path: common.rejectsPath)
            var status = try StatusFile(stage: "pm-filter", directory: common.statusDirectory, log: log)
            let tally = try pump(&filter, rejects: &rejects, status: &status)
            status.finish(tally, at: .now)
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }
}

extension Side: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(rawValue: argument.uppercased())
    }
}

/// A tier on the command line, `NAME=USD`: its name and its least value in dollars.
struct TierArgument: ExpressibleByArgument {
    let tier: Tier

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2,
            parts[0].allSatisfy({ $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }),
            let least = Amount(argument: String(parts[1]))
        else { return nil }
        tier = Tier(name: String(parts[0]), least: least.decimal)
    }
}

/// `0x` and 40 hex digits, in any case.
struct WalletArgument: ExpressibleByArgument {
    let address: String

    init?(argument: String) {
        guard argument.count == 42, argument.lowercased().hasPrefix("0x"),
            argument.dropFirst(2).allSatisfy(\.isHexDigit)
        else { return nil }
        address = argument.lowercased()
    }
}
