import Alerting
import ArgumentParser
import Database
import LivePage
import Curl
import PMCommand
import PMPipe

struct DatabaseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the subscribers are: sqlite:PATH, a postgresql:// URI or a libpq connection string. "
                + "(default: sqlite:polymarket.db)", valueName: "url"))
    var database: String?

    func location() throws(StageError) -> DatabaseLocation {
        protectSecrets()
        return try DatabaseLocation.resolve(database, environment: Setting.text)
    }
}

/// Where it is kept who is told what.
struct SubscriberOptions: ParsableArguments {
    @OptionGroup var database: DatabaseOption

    @Option(
        name: .customLong("subscribers"),
        help: ArgumentHelp(
            "Take the subscribers from there and not from the database: lines as 'pm-alert subscribers' writes them.",
            valueName: "file"))
    var file: String?

    func source() throws(StageError) -> SubscriberSource {
        if let path = file ?? Setting.text("PM_ALERT_SUBSCRIBERS") { return .file(path) }
        return .database(try database.location())
    }
}

/// How alerts are decided on.
struct DecisionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How long a whale's alert waits for who made the trade.", valueName: "time"))
    var wait = Setting.value("PM_ALERT_WAIT", default: Period(.seconds(3)))

    @Option(
        help: ArgumentHelp(
            "For so long whoever does not say is not told again of the same wallet in the same market, unless of more. "
                + "(default: 0s)",
            valueName: "time"))
    var cooldown: Period?

    @Option(
        help: ArgumentHelp(
            "Trades of one wallet on one side of a market, no further apart, are told as one alert that grows.",
            valueName: "time"))
    var burst = Setting.value("PM_ALERT_BURST", default: Period(.seconds(30)))

    var rules: RuleOptions {
        var options = RuleOptions()
        options.patience = wait.duration
        options.cooldown = (cooldown ?? Setting.optional("PM_ALERT_COOLDOWN"))?.duration ?? .zero
        options.burst = burst.duration
        return options
    }
}

/// How deliveries are made.
struct DeliveryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How long one attempt to deliver may take.", valueName: "time"))
    var timeout = Setting.value("PM_ALERT_TIMEOUT", default: Period(.seconds(15)))

    @Option(help: ArgumentHelp("Whom our mail is from.", valueName: "address"))
    var mailFrom = Setting.text("PM_ALERT_MAIL_FROM") ?? "pm-alert@localhost"

    @Option(help: ArgumentHelp("The program that takes mail, as sendmail does.", valueName: "path"))
    var sendmail = Setting.text("PM_ALERT_SENDMAIL") ?? "/usr/sbin/sendmail"

    @Option(
        help: ArgumentHelp(
            "The server that takes mail, smtp://host:port or smtps://host:port; without it the program does.",
            valueName: "url"))
    var smtp: String?

    @Option(help: ArgumentHelp("Who logs in to the mail server.", valueName: "name"))
    var smtpUser: String?

    @Option(
        help: ArgumentHelp(
            "The file with that user's password, or env:NAME for a variable.", valueName: "file"))
    var smtpPasswordFile: String?

    @Option(
        help: ArgumentHelp(
            "Whether the mail server is spoken to in TLS: always or never. "
                + "(default: always, but for a server on this machine)", valueName: "choice"))
    var smtpTLS: MailRequest.Security?

    @Option(help: ArgumentHelp("Trust these certificates, in PEM, and not the system's.", valueName: "file"))
    var caFile: String?

    @Option(
        help: ArgumentHelp(
            "The pause after a first failure; it doubles with each further.", valueName: "time"))
    var retryPause = Setting.value("PM_ALERT_RETRY_PAUSE", default: Period(.milliseconds(500)))

    @Option(help: ArgumentHelp("The longest pause after a failure.", valueName: "time"))
    var retryLimit = Setting.value("PM_ALERT_RETRY_LIMIT", default: Period(.seconds(300)))

    @Option(help: ArgumentHelp("The longest pause that a receiver may ask for.", valueName: "time"))
    var patience = Setting.value("PM_ALERT_PATIENCE", default: Period(.seconds(900)))

    @Option(
        help: ArgumentHelp(
            "The least time between two messages to one chat of Telegram or Slack.", valueName: "time"))
    var chatInterval = Setting.value("PM_ALERT_CHAT_INTERVAL", default: Period(.seconds(1)))

    @Flag(help: "Deliver to loopback and private addresses too, and over plain HTTP, for tests.")
    var allowPrivate = Setting.flag("PM_ALERT_ALLOW_PRIVATE")

    func validate() throws {
        guard EmailChannel.isAddress(mailFrom) else { throw ValidationError("--mail-from takes one address") }
        guard retryPause.duration > .zero, retryPause.duration <= retryLimit.duration else {
            throw ValidationError("--retry-pause is above zero, and --retry-limit no less")
        }
        guard let server = mailServer else { return }
        let (url, isLocal) = (server.url, MailRequest.isLocal(server.url))
        guard url.hasPrefix("smtp://") || url.hasPrefix("smtps://"), !url.contains("@") else {
            throw ValidationError("--smtp takes smtp://host:port or smtps://host:port, without a user's name")
        }
        if server.security == .never, !isLocal {
            throw ValidationError("--smtp-tls never is for a server on this machine")
        }
        if server.user != nil, server.passwordFile == nil {
            throw ValidationError("--smtp-user needs --smtp-password-file")
        }
    }

    var settings: ChannelSettings {
        var settings = ChannelSettings()
        settings.timeout = timeout.duration
        settings.mailFrom = mailFrom
        settings.sendmail = sendmail
        settings.allowPrivate = allowPrivate
        settings.mailServer = mailServer
        settings.certificates = caFile ?? Setting.text("PM_ALERT_CA_FILE")
        settings.limits.firstPause = retryPause.duration
        settings.limits.longestPause = retryLimit.duration
        settings.limits.longestPatience = patience.duration
        settings.chatInterval = chatInterval.duration
        return settings
    }

    private var mailServer: MailServer? {
        guard let url = smtp ?? Setting.text("PM_ALERT_SMTP") else { return nil }
        var server = MailServer(url)
        let isPlain = MailRequest.isLocal(url) && url.hasPrefix("smtp:")
        server.security =
            smtpTLS ?? Setting.optional("PM_ALERT_SMTP_TLS") ?? (isPlain ? .never : .always)
        server.user = smtpUser ?? Setting.text("PM_ALERT_SMTP_USER")
        server.passwordFile = smtpPasswordFile ?? Setting.text("PM_ALERT_SMTP_PASSWORD_FILE")
        return server
    }
}

extension MailRequest.Security: ExpressibleByArgument {}

struct LiveAddressArgument: ExpressibleByArgument {
    let address: ListenAddress

    init?(argument: String) {
        guard let address = ListenAddress(argument) else { return nil }
        self.address = address
    }
}

/// Stages by their names, parted by commas.
struct StagesArgument: ExpressibleByArgument, CustomStringConvertible {
    static let all = StagesArgument(names: StageName.allCases)

    let names: [StageName]

    init(names: [StageName]) {
        self.names = names
    }

    init?(argument: String) {
        guard let words = CommaList(argument: argument)?.values else { return nil }
        names = words.compactMap(StageName.init)
        guard names.count == words.count else { return nil }
    }

    var description: String { names.map(\.rawValue).joined(separator: ",") }
    var defaultValueDescription: String { description }
}

/// Several values, parted by commas.
struct CommaList: ExpressibleByArgument {
    let values: [String]

    init?(argument: String) {
        values = argument.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
        guard !values.isEmpty, values.allSatisfy({ !$0.isEmpty }) else { return nil }
    }
}
