import Alerting
import ArgumentParser
import Database
import PMCommand
import PMPipe

struct DatabaseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the subscribers are: sqlite:PATH, a postgresql:// URI or a libpq connection string. "
                + "(default: sqlite:polymarket.db)", valueName: "url"))
    var database: String?

    func location() throws(StageError) -> DatabaseLocation {
        try DatabaseLocation.resolve(database, environment: Setting.text)
    }

    func recipients() throws(StageError) -> [Recipient] {
        let store = try location().makeStore()
        return try attempt { () throws(StoreError) in try store.subscribers() }.map(Recipient.init)
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

    @Flag(help: "Deliver to loopback and private addresses too, and over plain HTTP, for tests.")
    var allowPrivate = Setting.flag("PM_ALERT_ALLOW_PRIVATE")

    func validate() throws {
        guard EmailChannel.isAddress(mailFrom) else { throw ValidationError("--mail-from takes one address") }
    }

    var settings: ChannelSettings {
        var settings = ChannelSettings()
        settings.timeout = timeout.duration
        settings.mailFrom = mailFrom
        settings.sendmail = sendmail
        settings.allowPrivate = allowPrivate
        return settings
    }
}

struct LiveAddressArgument: ExpressibleByArgument {
    let address: LiveAddress

    init?(argument: String) {
        guard let address = LiveAddress(argument) else { return nil }
        self.address = address
    }
}

/// Several values, parted by commas.
struct CommaList: ExpressibleByArgument {
    let values: [String]

    init?(argument: String) {
        values = argument.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
        guard !values.isEmpty, values.allSatisfy({ !$0.isEmpty }) else { return nil }
    }
}
