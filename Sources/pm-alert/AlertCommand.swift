import Alerting
import ArgumentParser
import Database
import LivePage
import PMCommand
import PMPipe
import PMRecord

@main
struct AlertCommand: Program {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        commandName: "pm-alert",
        abstract: "Deliver alerts about trades to subscribers, and serve a live page of all trades.",
        discussion: """
            Reads one record a line on standard input, and writes one alert record for every alert. \
            A trade of any tier is a WHALE_MOVEMENT; one of smart money below the tiers is a SMART_MONEY_ENTRY. \
            Alerts go to the subscribers' channels; without subscribers, to standard output only.

            """
                + exitStatusHelp([
                    (.ok, "input ended, or the reader of the output left"),
                    (.usage, "bad usage"),
                    (.badData, "a line was rejected, and --strict was given"),
                    (.unavailable, "the live page's address or the database is not available"),
                    (.inputOutput, "a read or write failed"),
                    (.tryAgain, "stopped before the end of input, or another process uses the outbox"),
                    (.configuration, "the database's schema is unknown, or the database denies access"),
                ]),
        version: projectVersion,
        subcommands: [
            Subscribe.self, Unsubscribe.self, Subscribers.self, Test.self, Explain.self, Cursor.self,
        ])

    @OptionGroup var subscribers: SubscriberOptions

    @Option(
        help: ArgumentHelp(
            "Serve the live page at this address; port 0 selects a free port, which is logged.",
            valueName: "host:port"))
    var live: LiveAddressArgument?

    @Option(
        help: ArgumentHelp(
            "File with the token that protects the live page; required for addresses other than loopback.",
            valueName: "file"))
    var liveTokenFile: String?

    @Option(help: ArgumentHelp("Most viewers of the live page at once.", valueName: "count"))
    var liveViewers = Setting.value("PM_ALERT_LIVE_VIEWERS", default: 64)

    @Option(
        help: ArgumentHelp(
            "Stages that must have a status file, separated by commas; one without a file is reported as gone.",
            valueName: "names"))
    var stages = Setting.value("PM_ALERT_STAGES", default: StagesArgument.all)

    @OptionGroup var decisions: DecisionOptions

    @Option(
        help: ArgumentHelp("Longest time that deliveries go on after the end of input.", valueName: "time"))
    var drain = Setting.value("PM_ALERT_DRAIN", default: Period(.seconds(30)))

    @Option(help: ArgumentHelp("Time between two reads of the subscribers.", valueName: "time"))
    var refresh = Setting.value("PM_ALERT_REFRESH", default: Period(.seconds(300)))

    @Option(
        name: .customLong("ledger"),
        help: ArgumentHelp(
            "Outbox file: keep every alert and its deliveries here, and resume after a crash.",
            valueName: "file"))
    var outbox: String?

    @Option(
        help: ArgumentHelp(
            "How long the outbox remembers delivered alerts: one day more than the journal reaches back.",
            valueName: "time"))
    var remember = Setting.value("PM_ALERT_REMEMBER", default: Period(.seconds(48 * 3600)))

    @Option(help: "What to do with an alert that may have been delivered before a crash: resend or skip.")
    var inDoubt = Setting.value("PM_ALERT_IN_DOUBT", default: InDoubt.resend)

    @Option(
        help: ArgumentHelp(
            "Deliver alerts about trades received longer ago than this in a digest.", valueName: "time"))
    var maxAge = Setting.value("PM_ALERT_MAX_AGE", default: Period(.seconds(900)))

    @Option(
        help: ArgumentHelp("Append alerts that were given up to this file, with reasons.", valueName: "file"))
    var deadLetters: String?

    @Flag(help: "Read dead letters on standard input, and deliver them again.")
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
            options.outbox = outbox ?? Setting.text("PM_ALERT_LEDGER")
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

    /// Starts the live page's server; returns `nil` without `--live`.
    private func serve(_ log: StageLog) throws(StageError) -> PagePublisher? {
        guard let address = (live ?? Setting.optional("PM_ALERT_LIVE"))?.address else { return nil }
        let token = try (liveTokenFile ?? Setting.text("PM_ALERT_LIVE_TOKEN_FILE")).map(LiveToken.read)
        guard address.isLoopback || token != nil else {
            throw StageError(
                .usage,
                "--live needs a loopback address or --live-token-file: without a token, anyone can see the page"
            )
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
