import Alerting
import ArgumentParser
import Database
import Glibc
import PMCommand
import PMPipe
import PMRecord

struct Subscribe: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Add a subscriber, or replace a subscriber's channels and filters.",
        discussion: """
            The options replace all earlier settings of that name, unless --add is given. A secret, such as a webhook's address, is never an \
            argument: it is the first line of a file, which the running pm-alert reads again after SIGHUP. In place \
            of a file, env:NAME is a variable in the environment of the running pm-alert.
            """)

    @OptionGroup var database: DatabaseOption

    @Option(help: ArgumentHelp("Name of the subscriber.", valueName: "name"))
    var name: String

    @Flag(help: "Keep the subscriber's other channels, and replace only those that are given.")
    var add = false

    @Option(
        help: ArgumentHelp(
            "Types of alert: WHALE_MOVEMENT, SMART_MONEY_ENTRY, INFORMED_TRADE, ACCUMULATION. (default: the first two)",
            valueName: "a,b"))
    var types: CommaList?

    @Option(help: ArgumentHelp("File with a Discord webhook's address.", valueName: "file"))
    var discordFile: [String] = []

    @Option(
        help: ArgumentHelp(
            "File with a Telegram bot's token on the first line, and a chat's id on the second.",
            valueName: "file"))
    var telegramFile: [String] = []

    @Option(help: ArgumentHelp("File with a Slack webhook's address.", valueName: "file"))
    var slackFile: [String] = []

    @Option(
        help: ArgumentHelp(
            "File with the address of your own webhook and, on further lines, its signing keys (whsec_…).",
            valueName: "file"))
    var webhookFile: [String] = []

    @Option(help: ArgumentHelp("E-mail address.", valueName: "address"))
    var email: [String] = []

    @Option(
        help: ArgumentHelp("Program that reads alerts as JSON on its standard input.", valueName: "path"))
    var command: [String] = []

    @Option(help: ArgumentHelp("Only trades of at least this value in dollars.", valueName: "usd"))
    var minValue: Amount?

    @Option(help: ArgumentHelp("Only trades of these tiers.", valueName: "a,b"))
    var tiers: CommaList?

    @Option(help: ArgumentHelp("Only trades of these wallets.", valueName: "0x…,0x…"))
    var wallets: CommaList?

    @Option(
        help: ArgumentHelp(
            "Only trades in these markets: condition ids, slugs, event slugs.", valueName: "a,b"))
    var markets: CommaList?

    @Option(
        help: ArgumentHelp(
            "Only trades in markets of these topics: a tag of the market, or the first words of its slug or its event's.",
            valueName: "a,b"))
    var categories: CommaList?

    @Option(
        help: ArgumentHelp(
            "No trades with these noise labels of pm-enrich --signals, such as MARKET_MAKER,NEAR_CERTAIN; or all.",
            valueName: "a,b"))
    var withoutNoise: CommaList?

    @Option(help: ArgumentHelp("Only trades on these sides: BUY, SELL.", valueName: "a,b"))
    var sides: CommaList?

    @Option(
        help: ArgumentHelp(
            "Roles in a match: all; taker, for one alert a match; or maker. (default: taker; with --wallets: all)",
            valueName: "choice"))
    var roles: RoleChoice?

    @Option(
        help: ArgumentHelp("Only trades at no more than this price, in dollars a share.", valueName: "usd"))
    var maxPrice: Amount?

    @Option(
        help: ArgumentHelp(
            "No second alert for the same wallet in the same market within this time, unless the trade is larger. "
                + "(default: the running pm-alert's --cooldown)", valueName: "time"))
    var cooldown: Period?

    @ParentCommand var stage: AlertCommand

    func validate() throws {
        guard !name.isEmpty, name.utf8.count <= 64,
            name.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ",") })
        else {
            throw ValidationError("--name takes 1 to 64 printable ASCII characters without spaces and commas")
        }
        guard !channels.isEmpty else {
            throw ValidationError(
                "no channel: give --discord-file, --telegram-file, --slack-file, --webhook-file, --email or --command"
            )
        }
        for address in email where !EmailChannel.isAddress(address) {
            throw ValidationError("--email takes one address, not \(shown(address))")
        }
        for type in types?.values ?? [] where AlertType(rawValue: type) == nil {
            throw ValidationError(
                "--types takes \(AlertType.allCases.map(\.rawValue).joined(separator: " and ")), not \(shown(type))"
            )
        }
        for side in sides?.values ?? [] where Side(rawValue: side.uppercased()) == nil {
            throw ValidationError("--sides takes BUY and SELL, not \(shown(side))")
        }
        if let maxPrice, maxPrice.decimal > 1 {
            throw ValidationError("--max-price is in dollars a share, and at most 1")
        }
        for wallet in wallets?.values ?? [] {
            guard wallet.count == 42, wallet.hasPrefix("0x"), wallet.dropFirst(2).allSatisfy(\.isHexDigit)
            else {
                throw ValidationError(
                    "--wallets takes addresses of 0x and 40 hex digits, not \(shown(wallet))")
            }
        }
    }

    func run() throws {
        let log = stage.log
        try run(logging: log) { _ throws(StageError) in
            for channel in channels {
                // E-mail depends on the mail server of the running pm-alert.
                guard channel.kind != .email, let fault = ChannelFault(channel, stage.delivery.settings)
                else {
                    continue
                }
                throw StageError(.configuration, "\(channel.kind.rawValue): \(fault.reason)")
            }
            for tier in setting(channels[0]).tiers where !Tier.defaults.contains(where: { $0.name == tier }) {
                log.warning(
                    .input,
                    "no default tier is named \(shown(tier)): only a pm-filter with a tier of that name causes alerts; "
                        + "the default tiers are \(Tier.defaults.map(\.name).joined(separator: ", "))")
            }
            let store = try database.location().makeStore()
            let earlier =
                try attempt { () throws(StoreError) in try store.subscribers() }
                .first { $0.name == name }?.settings ?? []
            let given = channels.map(setting)
            let (kept, replaced) = split(earlier)
            let subscriber = Subscriber(name: name, createdAt: .now(), settings: kept + given)
            try attempt { () throws(StoreError) in try store.save(subscriber) }
            if !replaced.isEmpty { log.notice("replaced \(list(replaced)) of \(name)") }
            log.notice("\(name) is subscribed on \(list(subscriber.settings))")
        }
    }

    /// Returns the earlier settings that stay, and those that the given ones replace.
    private func split(_ earlier: [AlertSetting]) -> (kept: [AlertSetting], replaced: [AlertSetting]) {
        let isReplaced = { (setting: AlertSetting) in
            !add || channels.contains(ChannelAddress(setting.channel, setting.target))
        }
        return (earlier.filter { !isReplaced($0) }, earlier.filter(isReplaced))
    }

    private func list(_ settings: [AlertSetting]) -> String {
        settings.map { "\($0.channel.rawValue) (\($0.target))" }.joined(separator: ", ")
    }

    private var channels: [ChannelAddress] {
        func files(_ kind: AlertSetting.Channel, _ paths: [String]) -> [ChannelAddress] {
            // An absolute path, because the running pm-alert may have another working directory.
            paths.map { ChannelAddress(kind, $0.hasPrefix(environmentPrefix) ? $0 : absolute($0)) }
        }
        return files(.discord, discordFile) + files(.telegram, telegramFile) + files(.slack, slackFile)
            + files(.webhook, webhookFile) + email.map { ChannelAddress(.email, $0) }
            + files(.command, command)
    }

    private func setting(_ channel: ChannelAddress) -> AlertSetting {
        var setting = AlertSetting(
            channel: channel.kind, target: channel.target,
            types: types?.values ?? AlertType.allCases.filter(AlertType.defaults.contains).map(\.rawValue))
        setting.minValue = minValue?.decimal
        setting.maxPrice = maxPrice?.decimal
        setting.tiers = tiers?.values.map { $0.uppercased() } ?? []
        setting.sides = sides?.values.map { $0.uppercased() } ?? []
        setting.roles = roles?.rawValue
        setting.wallets = wallets?.values.map { $0.lowercased() } ?? []
        setting.markets = markets?.values ?? []
        setting.excludedNoise = withoutNoise?.values.map { $0.uppercased() } ?? []
        setting.categories = categories?.values.map { $0.lowercased() } ?? []
        // ArgumentParser gives an option that both commands have to the parent.
        setting.cooldown = (cooldown ?? stage.decisions.cooldown)?.duration
        return setting
    }
}

extension RoleChoice: ExpressibleByArgument {}

private func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
}

/// Runs a use of the database, and turns its error into the stage's.
func attempt<Result>(_ body: () throws(StoreError) -> Result) throws(StageError) -> Result {
    do throws(StoreError) { return try body() } catch { throw error.asStageError }
}
