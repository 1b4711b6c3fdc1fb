import ArgumentParser
import Ingestion
import PMCommand
import PMPipe
import PMRecord
import PolymarketAPI

@main
struct IngestCommand: Program {
    static let _errorLabel = "pm-ingest"

    static let configuration = CommandConfiguration(
        commandName: "pm-ingest",
        abstract: "Emit every trade on Polymarket, live or from a recording.",
        discussion: """
            Listens to the real-time data service of Polymarket, or reads a recording, and writes one record per \
            line to standard output. SIGINT and SIGTERM stop it.

            """
                + exitStatusHelp([
                    (.ok, "stopped by a signal, the recording ended, or the reader of the output closed it"),
                    (.usage, "bad usage"),
                    (.badData, "a recording is corrupt, or a line was rejected and --strict was given"),
                    (.noInput, "the recording does not exist"),
                    (.cannotCreate, "a file for rejects cannot be created"),
                    (.inputOutput, "a read or write failed"),
                    (.noPermission, "no permission to open the recording or a file"),
                    (.tryAgain, "stopped by a second signal, or another process uses the journal"),
                    (.configuration, "the journal's directory is unsafe: not a directory, or world-writable"),
                ]),
        version: projectVersion,
        subcommands: [AuditCommand.self, CatchUpCommand.self])

    @Option(
        help: ArgumentHelp(
            "activity: RTDS, with wallets; market: the market channel of the CLOB; or api: the Data API alone, polled.",
            valueName: "feed"))
    var feed = Setting.value("PM_INGEST_FEED", default: FeedChoice.activity)

    @Option(help: ArgumentHelp("Address of the feed. (default: Polymarket's)", valueName: "ws-url"))
    var url: FeedAddress?

    @Option(
        name: .customLong("data-url"),
        help: ArgumentHelp(
            "Data API for back-fills. (default: https://data-api.polymarket.com, unless --url is given)",
            valueName: "url"))
    var dataURL: String?

    @Option(
        help: ArgumentHelp(
            "Versions of the Data API, in the order in which they are tried: v2, v2-then-v1 or v1-then-v2.",
            valueName: "versions"))
    var dataApi = Setting.value("PM_INGEST_DATA_API", default: VersionPolicy.Order.v2ThenV1)

    @Option(
        name: .customLong("gamma-url"),
        help: ArgumentHelp("Gamma API, for the list of markets with --feed market.", valueName: "url"))
    var gammaURL = Setting.text("PM_GAMMA_URL") ?? "https://gamma-api.polymarket.com"

    @Option(
        help: ArgumentHelp(
            "Markets to follow with --feed market: the largest by volume of the day.", valueName: "n"))
    var markets = Setting.value("PM_INGEST_MARKETS", default: 500)

    @Option(help: ArgumentHelp("Redundant connections; each trade is emitted once.", valueName: "n"))
    var connections = Setting.value("PM_INGEST_CONNECTIONS", default: 1)

    @Option(
        help: ArgumentHelp(
            "Requests to the Data API per ten seconds. The API allows 200, shared with pm-enrich.",
            valueName: "n"))
    var apiBudget = Setting.value("PM_INGEST_API_BUDGET", default: 50)

    @OptionGroup(title: "Journal") var journal: JournalOptions

    @Option(
        help: ArgumentHelp("Record every frame with its time of receipt, for --replay.", valueName: "file"))
    var record: String?

    @Option(help: ArgumentHelp("Rotate and compress a recording of this size.", valueName: "bytes"))
    var recordSize = Setting.value(
        "PM_INGEST_RECORD_SIZE", default: ByteSize(FrameRecorder.Options(path: "").size))

    @Option(help: ArgumentHelp("Rotate and compress a recording of this age.", valueName: "time"))
    var recordAge = Setting.value(
        "PM_INGEST_RECORD_AGE", default: Period(FrameRecorder.Options(path: "").age))

    @Option(
        help: ArgumentHelp(
            "Read a recording instead of the feed: made with --record, feed frames, or rows of the Data API; "
                + "gzip or plain; - is standard input.", valueName: "file"))
    var replay: String?

    @Option(
        help: ArgumentHelp(
            "Speed of a replay: max, or a multiple of the recorded speed.", valueName: "speed"))
    var speed = Setting.value("PM_INGEST_SPEED", default: ReplaySpeed.max)

    @Option(
        help: ArgumentHelp(
            "Inject faults into a replay: freeze=30s,dup=1%,reorder,array,split,drop=0.1%.", valueName: "plan"
        ))
    var chaos: ChaosArgument?

    @Option(
        help: ArgumentHelp(
            "Random seed of --chaos; the same seed injects the same faults.", valueName: "seed"))
    var seed = Setting.value("PM_INGEST_SEED", default: UInt64(1))

    @Flag(help: "Accept any certificate, for loopback addresses only.")
    var insecure = Setting.flag("PM_INGEST_INSECURE")

    @OptionGroup(title: "Intervals") var intervals: IntervalOptions

    @OptionGroup var common: CommonOptions

    private var address: FeedAddress {
        url ?? Setting.optional("PM_INGEST_URL") ?? FeedAddress.standard(of: feed.feed)
    }

    private var recording: FrameRecorder.Options? {
        guard let recordPath else { return nil }
        var options = FrameRecorder.Options(path: recordPath)
        options.size = recordSize.bytes
        options.age = recordAge.duration
        return options
    }

    private var replayPath: String? { replay ?? Setting.text("PM_INGEST_REPLAY") }
    private var recordPath: String? { record ?? Setting.text("PM_INGEST_RECORD") }

    /// The base URL of the Data API. A feed at another address is not back-filled from the real API by default.
    var apiBase: String? {
        let given = dataURL ?? Setting.text("PM_DATA_URL")
        let base =
            given ?? (address.url == FeedAddress.standard(of: feed.feed).url ? DataAddress.standard : nil)
        return base.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    func validate() throws {
        if replayPath != nil, recordPath != nil {
            throw ValidationError(
                "--record and --replay cannot be combined: a replay receives no frames")
        }
        guard 1...4 ~= connections else { throw ValidationError("--connections must be 1 to 4") }
        if journal.isGiven, replayPath != nil {
            throw ValidationError("--journal and --replay cannot be combined: a replay is not journaled")
        }
        let granted = (apiBase ?? DataAddress.standard) == DataAddress.standard ? 200 : 100_000
        guard 1...granted ~= apiBudget else { throw ValidationError("--api-budget must be 1 to \(granted)") }
        if feed == .api, replayPath == nil, apiBase == nil {
            throw ValidationError("--feed api needs --data-url when --url is given")
        }
        guard 1...5000 ~= markets else { throw ValidationError("--markets must be 1 to 5000") }
        guard recordSize.bytes > 0, recordAge.duration > .zero else {
            throw ValidationError("--record-size and --record-age must be more than 0")
        }
        if chaos != nil, replayPath == nil {
            throw ValidationError("--chaos needs --replay")
        }
        if insecure, !address.url.isLoopback {
            throw ValidationError("--insecure is for loopback addresses only, not for \(address.url.host)")
        }
    }

    func run() throws {
        let log = common.log(for: "pm-ingest")
        try run(logging: log) { process throws(StageError) in
            let rejects = try Rejects(stage: "pm-ingest", path: common.rejectsPath, log: log)
            let status = try StatusFile(stage: "pm-ingest", directory: common.statusDirectory, log: log)
            let tally: Tally
            if let replayPath {
                let replay = Replay(
                    try ReplayInput(path: replayPath), at: speed,
                    chaos: (chaos ?? Setting.optional("PM_INGEST_CHAOS")).map {
                        ChaosInjector($0.plan, seed: seed)
                    },
                    rejects: rejects, status: status)
                tally = try replay.run()
            } else {
                var options = LiveFeed.Options(feed.feed, url: address.url)
                options.isPolled = feed == .api
                options.versions = dataApi
                options.isInsecure = insecure
                options.intervals = intervals.intervals
                options.connections = connections
                options.journal = journal.settings
                options.journal?.retryDelay = options.intervals.journalRetry
                options.after = journal.afterSeq
                options.dataURL = apiBase
                options.apiBudget = apiBudget
                options.gammaURL = gammaURL.hasSuffix("/") ? String(gammaURL.dropLast()) : gammaURL
                options.markets = markets
                options.statusDirectory = common.statusDirectory
                options.since = journal.sinceTime
                let recorder = recording == nil ? nil : try FrameRecorder(recording!)
                let feed = try LiveFeed(
                    options, recorder: recorder, rejects: rejects, status: status, log: log)
                tally = try feed.run()
            }
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }
}
