import Alerting
import ArgumentParser
import Curl
import PMCommand

/// The options for deliveries.
struct DeliveryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Longest time of one attempt to deliver.", valueName: "time"))
    var timeout = Setting.value("PM_ALERT_TIMEOUT", default: Period(.seconds(15)))

    @Option(help: ArgumentHelp("Sender address of e-mail.", valueName: "address"))
    var mailFrom = Setting.text("PM_ALERT_MAIL_FROM") ?? "pm-alert@localhost"

    @Option(help: ArgumentHelp("Program that accepts e-mail as sendmail does.", valueName: "path"))
    var sendmail = Setting.text("PM_ALERT_SENDMAIL") ?? "/usr/sbin/sendmail"

    @Option(
        help: ArgumentHelp(
            "Mail server, smtp://host:port or smtps://host:port; without it, --sendmail is used.",
            valueName: "url"))
    var smtp: String?

    @Option(help: ArgumentHelp("User name for the mail server.", valueName: "name"))
    var smtpUser: String?

    @Option(
        help: ArgumentHelp(
            "File with that user's password, or env:NAME for a variable.", valueName: "file"))
    var smtpPasswordFile: String?

    @Option(
        help: ArgumentHelp(
            "Use of TLS with the mail server: always or never. "
                + "(default: always, except for an smtp:// server on this machine)", valueName: "choice"))
    var smtpTLS: MailRequest.Security?

    @Option(
        help: ArgumentHelp(
            "Trust the certificates in this file, in PEM, instead of the system's.", valueName: "file"))
    var caFile: String?

    @Option(
        help: ArgumentHelp(
            "Longest pause after a first failure; it doubles with each further failure.", valueName: "time"))
    var retryPause = Setting.value("PM_ALERT_RETRY_PAUSE", default: Period(.milliseconds(500)))

    @Option(help: ArgumentHelp("Longest pause after any failure.", valueName: "time"))
    var retryLimit = Setting.value("PM_ALERT_RETRY_LIMIT", default: Period(.seconds(300)))

    @Option(help: ArgumentHelp("Longest pause that a receiver may ask for.", valueName: "time"))
    var patience = Setting.value("PM_ALERT_PATIENCE", default: Period(.seconds(900)))

    @Option(
        help: ArgumentHelp(
            "Least time between two messages to one chat of Telegram or Slack.", valueName: "time"))
    var chatInterval = Setting.value("PM_ALERT_CHAT_INTERVAL", default: Period(.seconds(1)))

    @Flag(help: "Allow deliveries to loopback and private addresses, and over plain HTTP, for tests.")
    var allowPrivate = false

    func validate() throws {
        guard EmailChannel.isAddress(mailFrom) else { throw ValidationError("--mail-from takes one address") }
        guard retryPause.duration > .zero, retryPause.duration <= retryLimit.duration else {
            throw ValidationError("--retry-pause must be above zero and at most --retry-limit")
        }
        guard let server = mailServer else { return }
        let (url, isLocal) = (server.url, MailRequest.isLocal(server.url))
        guard url.hasPrefix("smtp://") || url.hasPrefix("smtps://"), !url.contains("@") else {
            throw ValidationError("--smtp takes smtp://host:port or smtps://host:port, without a user's name")
        }
        if server.security == .never, !isLocal {
            throw ValidationError("--smtp-tls never is allowed for a server on this machine only")
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
        settings.allowPrivate = allowPrivate || Setting.flag("PM_ALERT_ALLOW_PRIVATE")
        settings.mailServer = mailServer
        settings.certificates = caFile ?? Setting.text("PM_ALERT_CA_FILE")
        settings.limits.firstPause = retryPause.duration
        settings.limits.longestPause = retryLimit.duration
        settings.limits.longestRetryAfter = patience.duration
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
