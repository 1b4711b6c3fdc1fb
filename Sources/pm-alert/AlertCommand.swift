import Alerting
import ArgumentParser
import Database
import LivePage
import PMCommand
import PMPipe
import PMRecord

@main
struct AlertCommand: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        commandName: "pm-alert",
        abstract: "Tell people of the trades they care about, and show all of them on a live page.",
        discussion: """
            Reads one record a line on standard input and writes one alert record for every alert it decides on. \
            A trade of any tier is a WHALE_MOVEMENT, one of smart money below the tiers a SMART_MONEY_ENTRY. \
            Alerts go to the channels of those who subscribe; without subscribers to standard output alone.

            """
                + exitStatusHelp([
                    (.ok, "input ended, or the reader of our output left"),
                    (.usage, "bad usage"),
                    (.badData, "a line was rejected, and --strict was given"),
                    (.unavailable, "the live page's address, or the database, cannot be had"),
                    (.inputOutput, "a read or write failed"),
                    (.tryAgain, "told to stop before the end of input"),
                    (.configuration, "the database's schema is not ours, or it refuses us"),
                ]),
        version: projectVersion,
        subcommands: [
            Subscribe.self, Unsubscribe.self, Subscribers.self, Test.self, Explain.self, Cursor.self,
        ])

    @OptionGroup var subscribers: SubscriberOptions

    @Option(
        help: ArgumentHelp(
            "Serve the live page there; port 0 takes a free one, told on standard error.",
            valueName: "host:port"))
    var live: LiveAddressArgument?

    @Option(
        help: ArgumentHelp(
            "The file with the token that everyone has to know who asks for the page; needed beyond loopback.",
            valueName: "file"))
    var liveTokenFile: String?

    @Option(help: ArgumentHelp("How many may watch the live page at once.", valueName: "count"))
    var liveViewers = Setting.value("PM_ALERT_LIVE_VIEWERS", default: 64)

    @Option(
        help: ArgumentHelp(
            "The stages whose status files are looked for, by commas; one that has none is gone.",
            valueName: "names"))
    var stages = Setting.value("PM_ALERT_STAGES", default: StagesArgument.all)

    @OptionGroup var decisions: DecisionOptions

    @Option(help: ArgumentHelp("How long deliveries may go on after the end of input.", valueName: "time"))
    var drain = Setting.value("PM_ALERT_DRAIN", default: Period(.seconds(30)))

    @Option(help: ArgumentHelp("Time between two readings of the subscribers.", valueName: "time"))
    var refresh = Setting.value("PM_ALERT_REFRESH", default: Period(.seconds(300)))

    @Option(
        help: ArgumentHelp(
            "Keep every alert here, with what became of it, and go on from there after a crash.",
            valueName: "file"))
    var ledger: String?

    @Option(
        help: ArgumentHelp(
            "How long an alert that was told is known to have been; a day more than the journal reaches back.",
            valueName: "time"))
    var remember = Setting.value("PM_ALERT_REMEMBER", default: Period(.seconds(48 * 3600)))

    @Option(help: "What becomes of an alert that may have been delivered before a crash: resend or skip.")
    var inDoubt = Setting.value("PM_ALERT_IN_DOUBT", default: InDoubt.resend)

    @Option(
        help: ArgumentHelp(
            "Alerts of trades heard longer ago are told in one message together.", valueName: "time"))
    var maxAge = Setting.value("PM_ALERT_MAX_AGE", default: Period(.seconds(900)))

    @Option(help: ArgumentHelp("Keep the alerts that were given up, with their reasons.", valueName: "file"))
    var deadLetters: String?

    @Flag(help: "Take dead letters on standard input, and deliver them again.")
    var redeliver = Setting.flag("PM_ALERT_REDELIVER")

    @OptionGroup var delivery: DeliveryOptions
    @OptionGroup var common: CommonOptions

    var log: StageLog { common.log(for: "pm-alert") }

    func run() throws {
        let log = log
        try run(logging: log) { process throws(StageError) in
            protectSecrets()
            var options = AlertOptions()
            options.rules = decisions.rules
            options.rules.memory = remember.duration
            options.subscribers = try subscribers.source()
            options.history = try subscribers.database.location()
            options.drain = drain.duration
            options.refresh = refresh.duration
            options.ledger = ledger ?? Setting.text("PM_ALERT_LEDGER")
            options.deadLetters = deadLetters ?? Setting.text("PM_ALERT_DEAD_LETTERS")
            options.inDoubt = inDoubt
            options.maxAge = maxAge.duration
            options.isRedelivering = redeliver
            options.channels = delivery.settings
            var rejects = try Rejects(stage: "pm-alert", path: common.rejectsPath)
            var status = try StatusFile(stage: "pm-alert", directory: common.statusDirectory, log: log)
            let page = try serve(log)
            let stage = try AlertStage(options, page: page, log: log)
            let tally = try stage.run(from: LineReader(), rejects: &rejects, status: &status)
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }

    /// Starts the live page, if one is asked for.
    private func serve(_ log: StageLog) throws(StageError) -> PagePublisher? {
        guard let address = (live ?? Setting.optional("PM_ALERT_LIVE"))?.address else { return nil }
        let token = try (liveTokenFile ?? Setting.text("PM_ALERT_LIVE_TOKEN_FILE")).map(LiveToken.read)
        guard address.isLoopback || token != nil else {
            throw StageError(
                .usage,
                "--live needs a loopback address or --live-token-file: the page shows itself to whoever asks")
        }
        guard 1...10_000 ~= liveViewers else {
            throw StageError(.usage, "--live-viewers takes a number from 1 to 10000")
        }
        let publisher = PagePublisher()
        var options = PageServer.Options(address)
        options.statusDirectory = common.statusDirectory
        options.stages = stages.names
        options.token = token
        options.mostViewers = liveViewers
        let port = try PageServer.start(options, serving: publisher, log: log)
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        log.notice("live page at http://\(host):\(port)/")
        return publisher
    }
}

extension InDoubt: ExpressibleByArgument {}
