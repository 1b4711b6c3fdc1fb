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
        abstract: "Tell someone of trades from now on, or change what they are told.",
        discussion: """
            What is given replaces all that was known of that name. A secret, such as a webhook's address, is never \
            an argument: the first line of a file holds it, and the file is read anew when the alerts' process is \
            told so (SIGHUP). In place of a file, env:NAME takes a variable of that process.
            """)

    @OptionGroup var database: DatabaseOption

    @Option(help: ArgumentHelp("Who is told.", valueName: "name"))
    var name: String

    @Option(
        help: ArgumentHelp(
            "Of what: WHALE_MOVEMENT, SMART_MONEY_ENTRY. (default: both)", valueName: "a,b"))
    var types: CommaList?

    @Option(help: ArgumentHelp("The file with a Discord webhook's address.", valueName: "file"))
    var discordFile: [String] = []

    @Option(
        help: ArgumentHelp(
            "The file with a Telegram bot's token and, below it, a chat's id.", valueName: "file"))
    var telegramFile: [String] = []

    @Option(help: ArgumentHelp("The file with a Slack webhook's address.", valueName: "file"))
    var slackFile: [String] = []

    @Option(
        help: ArgumentHelp(
            "The file with the address of a webhook of your own and, below it, the keys that sign (whsec_…).",
            valueName: "file"))
    var webhookFile: [String] = []

    @Option(help: ArgumentHelp("An e-mail address.", valueName: "address"))
    var email: [String] = []

    @Option(
        help: ArgumentHelp("A program that takes alerts as JSON on its standard input.", valueName: "path"))
    var command: [String] = []

    @Option(help: ArgumentHelp("Only trades of at least so many dollars.", valueName: "usd"))
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
            "Only trades in markets of these topics, by their tag's or event slug's first words.",
            valueName: "a,b"))
    var categories: CommaList?

    @Option(help: ArgumentHelp("Only trades on these sides: BUY, SELL.", valueName: "a,b"))
    var sides: CommaList?

    @Option(help: ArgumentHelp("Only trades at no more than so many dollars a share.", valueName: "usd"))
    var maxPrice: Amount?

    @Option(
        help: ArgumentHelp(
            "For so long not again of the same wallet in the same market, unless of more. "
                + "(default: pm-alert's --cooldown)", valueName: "time"))
    var cooldown: Period?

    @ParentCommand var stage: AlertCommand

    func validate() throws {
        guard !name.isEmpty, name.utf8.count <= 64,
            name.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ",") })
        else {
            throw ValidationError("--name takes 1 to 64 printable ASCII characters without blanks and commas")
        }
        guard !channels.isEmpty else {
            throw ValidationError(
                "say where: --discord-file, --telegram-file, --slack-file, --webhook-file, --email or --command"
            )
        }
        for address in email where !EmailChannel.isAddress(address) {
            throw ValidationError("--email takes one address, not \(shown(address))")
        }
        for type in types?.values ?? [] where AlertType(rawValue: type) == nil {
            throw ValidationError(
                "--types knows \(AlertType.allCases.map(\.rawValue).joined(separator: " and ")), not \(shown(type))"
            )
        }
        for side in sides?.values ?? [] where Side(rawValue: side.uppercased()) == nil {
            throw ValidationError("--sides knows BUY and SELL, not \(shown(side))")
        }
        if let maxPrice, maxPrice.decimal > 1 {
            throw ValidationError("--max-price is in dollars a share, which are worth one at most")
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
            for channel in channels where channel.isFile {
                let isProgram = channel.channel == .command
                guard access(channel.target, isProgram ? X_OK : R_OK) == 0 else {
                    throw StageError.unable(to: "\(isProgram ? "run" : "read") \(channel.target)")
                }
            }
            let subscriber = Subscriber(name: name, createdAt: .now(), settings: channels.map(setting))
            let store = try database.location().makeStore()
            try attempt { () throws(StoreError) in try store.save(subscriber) }
            log.notice(
                "\(name) is told of trades on \(channels.map(\.channel.rawValue).joined(separator: ", "))")
        }
    }

    private struct Place {
        let channel: AlertSetting.Channel
        let target: String
        let isFile: Bool
    }

    private var channels: [Place] {
        func files(_ channel: AlertSetting.Channel, _ paths: [String]) -> [Place] {
            // Whole, for the process that reads it may work in another directory.
            paths.map { path in
                let isVariable = path.hasPrefix(environmentPrefix)
                return Place(
                    channel: channel, target: isVariable ? path : absolute(path), isFile: !isVariable)
            }
        }
        return files(.discord, discordFile) + files(.telegram, telegramFile) + files(.slack, slackFile)
            + files(.webhook, webhookFile) + email.map { Place(channel: .email, target: $0, isFile: false) }
            + files(.command, command)
    }

    private func setting(_ place: Place) -> AlertSetting {
        var setting = AlertSetting(
            channel: place.channel, target: place.target,
            types: types?.values ?? AlertType.allCases.map(\.rawValue))
        setting.minValue = minValue?.decimal
        setting.maxPrice = maxPrice?.decimal
        setting.tiers = tiers?.values.map { $0.uppercased() } ?? []
        setting.sides = sides?.values.map { $0.uppercased() } ?? []
        setting.wallets = wallets?.values.map { $0.lowercased() } ?? []
        setting.markets = markets?.values ?? []
        setting.categories = categories?.values.map { $0.lowercased() } ?? []
        // What both commands know is taken by the first of them.
        setting.cooldown = (cooldown ?? stage.decisions.cooldown)?.duration
        return setting
    }
}

func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
}

func attempt<Result>(_ body: () throws(StoreError) -> Result) throws(StageError) -> Result {
    do throws(StoreError) { return try body() } catch { throw error.asStageError }
}
