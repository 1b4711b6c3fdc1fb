import ArgumentParser
import Ingestion
import PMCommand
import PMPipe
import PMRecord

@main
struct IngestCommand: ParsableCommand {
    static let _errorLabel = "pm-ingest"

    static let configuration = CommandConfiguration(
        commandName: "pm-ingest",
        abstract: "Tell every trade on Polymarket, as it happens or from a recording.",
        discussion: """
            Listens to the real-time data service of Polymarket, or reads a recording, and writes one record a \
            line on standard output. SIGINT and SIGTERM stop it.

            """
                + exitStatusHelp([
                    (.ok, "told to stop, the recording ended, or the reader of our output left"),
                    (.usage, "bad usage"),
                    (.badData, "a recording is corrupt, or a line was rejected and --strict was given"),
                    (.inputOutput, "a read or write failed"),
                    (.tryAgain, "told to stop twice, or another process has the journal"),
                    (.configuration, "the journal's directory cannot be trusted"),
                ]),
        version: projectVersion,
        subcommands: [AuditCommand.self])

    @Option(
        help: ArgumentHelp(
            "activity: RTDS, with wallets; or market: the CLOB's market channel.", valueName: "feed"))
    var feed = Setting.value("PM_INGEST_FEED", default: Feed.activity)

    @Option(help: ArgumentHelp("The feed's address. (default: Polymarket's)", valueName: "ws-url"))
    var url: FeedAddress?

    @Option(
        name: .customLong("data-url"),
        help: ArgumentHelp(
            "The Data API, to repair gaps from. (default: https://data-api.polymarket.com, unless --url is given)",
            valueName: "url"))
    var dataURL: String?

    @Option(
        name: .customLong("gamma-url"),
        help: ArgumentHelp("Gamma, which says what markets there are; for --feed market.", valueName: "url"))
    var gammaURL = Setting.text("PM_GAMMA_URL") ?? "https://gamma-api.polymarket.com"

    @Option(
        help: ArgumentHelp("Markets to follow with --feed market, the largest of the day.", valueName: "n"))
    var markets = Setting.value("PM_INGEST_MARKETS", default: 500)

    @Option(help: ArgumentHelp("Connections that hear the same; the first to hear tells.", valueName: "n"))
    var connections = Setting.value("PM_INGEST_CONNECTIONS", default: 1)

    @Option(
        help: ArgumentHelp(
            "Requests to the Data API in ten seconds; it grants 200, and pm-enrich wants its share.",
            valueName: "n"))
    var apiBudget = Setting.value("PM_INGEST_API_BUDGET", default: 50)

    @OptionGroup(title: "Journal") var journal: JournalOptions

    @Option(
        help: ArgumentHelp("Keep every frame, with its time of receipt, for --replay.", valueName: "file"))
    var record: String?

    @Option(help: ArgumentHelp("Put a recording aside, packed, when it is that large.", valueName: "bytes"))
    var recordSize = Setting.value(
        "PM_INGEST_RECORD_SIZE", default: ByteSize(Recorder.Options(path: "").size))

    @Option(help: ArgumentHelp("Put a recording aside, packed, when it is that old.", valueName: "time"))
    var recordAge = Setting.value("PM_INGEST_RECORD_AGE", default: Period(Recorder.Options(path: "").age))

    @Option(
        help: ArgumentHelp(
            "Read a recording instead of listening: our own, feed frames or Data API rows, gzip or plain; "
                + "- is standard input.", valueName: "file"))
    var replay: String?

    @Option(
        help: ArgumentHelp(
            "How fast a recording is told: max, or times as fast as it happened.", valueName: "speed"))
    var speed = Setting.value("PM_INGEST_SPEED", default: ReplaySpeed.max)

    @Option(
        help: ArgumentHelp(
            "Disturb a replay, as in freeze=30s,dup=1%,reorder,array,split,drop=0.1%.", valueName: "plan"))
    var chaos: ChaosArgument?

    @Option(help: ArgumentHelp("What --chaos draws from; the same seed disturbs alike.", valueName: "seed"))
    var seed = Setting.value("PM_INGEST_SEED", default: UInt64(1))

    @Flag(help: "Accept any certificate. Loopback addresses only.")
    var insecure = Setting.flag("PM_INGEST_INSECURE")

    @OptionGroup(title: "Intervals") var intervals: IntervalOptions

    @OptionGroup var common: CommonOptions

    private var address: FeedAddress {
        url ?? Setting.optional("PM_INGEST_URL") ?? FeedAddress.standard(of: feed)
    }

    private var recording: Recorder.Options? {
        guard let recordPath else { return nil }
        var options = Recorder.Options(path: recordPath)
        options.size = recordSize.bytes
        options.age = recordAge.duration
        return options
    }

    private var replayPath: String? { replay ?? Setting.text("PM_INGEST_REPLAY") }
    private var recordPath: String? { record ?? Setting.text("PM_INGEST_RECORD") }

    /// Who listens elsewhere does not repair from the real API, unless told so.
    var apiBase: String? {
        let given = dataURL ?? Setting.text("PM_DATA_URL")
        let base = given ?? (address.url == FeedAddress.standard(of: feed).url ? DataAddress.standard : nil)
        return base.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    func validate() throws {
        if replayPath != nil, recordPath != nil {
            throw ValidationError(
                "--record keeps what is heard, --replay listens to nothing: give one of them")
        }
        guard 1...4 ~= connections else { throw ValidationError("--connections is 1 to 4") }
        if journal.isGiven, replayPath != nil {
            throw ValidationError("a replay is not journaled: give --journal or --replay")
        }
        let granted = (apiBase ?? DataAddress.standard) == DataAddress.standard ? 200 : 100_000
        guard 1...granted ~= apiBudget else { throw ValidationError("--api-budget is 1 to \(granted)") }
        guard 1...5000 ~= markets else { throw ValidationError("--markets is 1 to 5000") }
        guard recordSize.bytes > 0, recordAge.duration > .zero else {
            throw ValidationError("a recording is put aside after something")
        }
        if chaos != nil, replayPath == nil {
            throw ValidationError("--chaos disturbs a replay: give --replay")
        }
        if insecure, !address.url.isLoopback {
            throw ValidationError("--insecure is for loopback addresses alone, not for \(address.url.host)")
        }
    }

    func run() throws {
        let log = common.log(for: "pm-ingest")
        try run(logging: log) { process throws(StageError) in
            let rejects = try Rejects(stage: "pm-ingest", path: common.rejectsPath)
            let status = try StatusFile(stage: "pm-ingest", directory: common.statusDirectory, log: log)
            let tally: Tally
            if let replayPath {
                let replay = Replay(
                    try ReplayInput(path: replayPath), at: speed,
                    chaos: (chaos ?? Setting.optional("PM_INGEST_CHAOS")).map { Chaos($0.plan, seed: seed) },
                    rejects: rejects, status: status)
                tally = try replay.run()
            } else {
                var options = LiveFeed.Options(feed, url: address.url)
                options.isInsecure = insecure
                options.intervals = intervals.intervals
                options.connections = connections
                options.journal = journal.settings
                options.journal?.patience = options.intervals.journalRetry
                options.after = journal.afterSeq
                options.dataURL = apiBase
                options.apiBudget = apiBudget
                options.gammaURL = gammaURL.hasSuffix("/") ? String(gammaURL.dropLast()) : gammaURL
                options.markets = markets
                options.statusDirectory = common.statusDirectory
                let recorder = recording == nil ? nil : try Recorder(recording!)
                let feed = try LiveFeed(
                    options, recorder: recorder, rejects: rejects, status: status, log: log)
                tally = try feed.run()
            }
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }
}
