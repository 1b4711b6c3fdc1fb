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
                    (.tryAgain, "told to stop twice, with lines left that the reader had not taken"),
                ]),
        version: projectVersion)

    @Option(help: ArgumentHelp("The feed's address.", valueName: "ws-url"))
    var url = Setting.value("PM_INGEST_URL", default: FeedAddress.activity)

    @Option(
        name: .customLong("data-url"),
        help: ArgumentHelp(
            "The Data API, to repair gaps from. (default: https://data-api.polymarket.com, unless --url is given)",
            valueName: "url"))
    var dataURL: String?

    @Option(help: ArgumentHelp("Connections that hear the same; the first to hear tells.", valueName: "n"))
    var connections = Setting.value("PM_INGEST_CONNECTIONS", default: 1)

    @OptionGroup(title: "Journal") var journal: JournalOptions

    @Option(
        help: ArgumentHelp("Keep every frame, with its time of receipt, for --replay.", valueName: "file"))
    var record: String?

    @Option(
        help: ArgumentHelp(
            "Read a recording instead of listening: our own, feed frames or Data API rows, gzip or plain; "
                + "- is standard input.", valueName: "file"))
    var replay: String?

    @Option(
        help: ArgumentHelp(
            "How fast a recording is told: max, or times as fast as it happened.", valueName: "speed"))
    var speed = Setting.value("PM_INGEST_SPEED", default: ReplaySpeed.max)

    @Flag(help: "Accept any certificate. Loopback addresses only.")
    var insecure = Setting.flag("PM_INGEST_INSECURE")

    @OptionGroup(title: "Intervals") var intervals: IntervalOptions

    @OptionGroup var common: CommonOptions

    private var replayPath: String? { replay ?? Setting.text("PM_INGEST_REPLAY") }
    private var recordPath: String? { record ?? Setting.text("PM_INGEST_RECORD") }

    /// Who listens elsewhere does not repair from the real API, unless told so.
    private var apiBase: String? {
        let given = dataURL ?? Setting.text("PM_DATA_URL")
        let base = given ?? (url.url == FeedAddress.activity.url ? DataAddress.standard : nil)
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
        if insecure, !url.url.isLoopback {
            throw ValidationError("--insecure is for loopback addresses alone, not for \(url.url.host)")
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
                    try ReplayInput(path: replayPath), at: speed, rejects: rejects, status: status)
                tally = try replay.run()
            } else {
                var options = LiveFeed.Options(url: url.url)
                options.isInsecure = insecure
                options.intervals = intervals.intervals
                options.connections = connections
                options.journal = journal.settings
                options.after = journal.afterSeq
                options.dataURL = apiBase
                options.statusDirectory = common.statusDirectory
                let recorder = recordPath == nil ? nil : try Recorder(path: recordPath!)
                let feed = try LiveFeed(
                    options, recorder: recorder, rejects: rejects, status: status, log: log)
                tally = try feed.run()
            }
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }
}
