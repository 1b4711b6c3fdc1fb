import ArgumentParser
import Enrichment
import PMCommand
import PMPipe
import PolymarketAPI

@main
struct EnrichCommand: ParsableCommand {
    static let _errorLabel = "pm-enrich"

    static let configuration = CommandConfiguration(
        commandName: "pm-enrich",
        abstract: "Tell of each trade who made it, in which market, and what it did to the order book.",
        discussion: """
            Reads one record a line on standard input and asks Polymarket's public services about the trades. \
            What is known already leaves enriched; any other trade leaves at once as pending, and again, \
            whole, when all is found out or its deadline has come. Records that are no trades pass untouched.

            """
                + exitStatusHelp([
                    (.ok, "input ended, or the reader of our output left"),
                    (.usage, "bad usage"),
                    (.badData, "a line was rejected, and --strict was given"),
                    (.inputOutput, "a read or write failed"),
                    (.tryAgain, "told to stop before the end of input"),
                    (.configuration, "what --replay-http names is no cassette"),
                ]),
        version: projectVersion)

    @Option(help: ArgumentHelp("Where Gamma is: markets and people.", valueName: "url"))
    var gammaUrl = Setting.value("PM_GAMMA_URL", default: BaseURL(APIBases().gamma))

    @Option(help: ArgumentHelp("Where the Data API is: positions and trades.", valueName: "url"))
    var dataUrl = Setting.value("PM_DATA_URL", default: BaseURL(APIBases().data))

    @Option(help: ArgumentHelp("Where the order books are.", valueName: "url"))
    var clobUrl = Setting.value("PM_CLOB_URL", default: BaseURL(APIBases().clob))

    @Option(
        help: ArgumentHelp(
            "A Polygon node's JSON-RPC address, to find wallets that the Data API does not have.",
            valueName: "url"))
    var polygonUrl: BaseURL?

    @Option(help: ArgumentHelp("Requests under way at a time, at most.", valueName: "n"))
    var concurrency = Setting.value("PM_ENRICH_CONCURRENCY", default: 16)

    @Option(
        help: ArgumentHelp("From a trade's arrival to its final revision, at most.", valueName: "period"))
    var deadline = Setting.value("PM_ENRICH_DEADLINE", default: Period(.seconds(30)))

    @Flag(help: "Let each trade leave once, with its final revision, and none as pending.")
    var finalOnly = Setting.flag("PM_ENRICH_FINAL_ONLY")

    @Flag(
        help: ArgumentHelp(
            "Ask as fast as the services answer: for simulated ones alone.", visibility: .hidden))
    var unlimited = Setting.flag("PM_ENRICH_UNLIMITED")

    @Option(
        help: ArgumentHelp(
            "Keep here what is learned of the services' limits, and share it with other processes.",
            valueName: "directory"))
    var state: String?

    @Option(help: ArgumentHelp("Keep every answer of the services here.", valueName: "directory"))
    var recordHttp: String?

    @Option(
        help: ArgumentHelp(
            "Ask nobody: give the answers kept here, by the records' own clock.", valueName: "directory"))
    var replayHttp: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard 1...256 ~= concurrency else {
            throw ValidationError("--concurrency must lie between 1 and 256, not \(concurrency)")
        }
        if recording != nil, replaying != nil {
            throw ValidationError("--record-http and --replay-http exclude each other")
        }
    }

    /// Where answers are to be kept, and where they are to be taken from.
    private var recording: String? {
        recordHttp ?? (replayHttp == nil ? Setting.text("PM_ENRICH_RECORD_HTTP") : nil)
    }
    private var replaying: String? {
        replayHttp ?? (recordHttp == nil ? Setting.text("PM_ENRICH_REPLAY_HTTP") : nil)
    }

    func run() throws {
        let log = common.log(for: "pm-enrich")
        try run(logging: log) { process throws(StageError) in
            var settings = Enricher.Settings()
            settings.deadline = deadline.duration
            settings.isFinalOnly = finalOnly
            settings.concurrency = concurrency
            settings.leaderboardPeriod = .seconds(3600)
            settings.isUnlimited = unlimited
            let polygon = polygonUrl ?? Setting.optional("PM_POLYGON_URL")
            settings.hasPolygon = polygon != nil
            let bases = APIBases(
                gamma: gammaUrl.text, data: dataUrl.text, clob: clobUrl.text, polygon: polygon?.text)
            var rejects = try Rejects(stage: "pm-enrich", path: common.rejectsPath)
            var status = try StatusFile(stage: "pm-enrich", directory: common.statusDirectory, log: log)
            let tally: Tally
            if let replaying {
                let cassette = try CassettePlayer(directory: replaying)
                tally = try ReplayStage(settings, cassette, log: log).run(rejects: &rejects, status: &status)
            } else {
                var recorder: CassetteRecorder?
                if let recording { recorder = try CassetteRecorder(directory: recording) }
                if let directory = state ?? Setting.text("PM_ENRICH_STATE") {
                    settings.ledgers = try LimitsFolder.ledgers(of: bases, in: directory)
                }
                let stage = EnrichStage(settings, bases, recorder: recorder, log: log)
                tally = try stage.run(rejects: &rejects, status: &status)
            }
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }
}

/// `http://` or `https://`, and a host; no name or password.
struct BaseURL: ExpressibleByArgument, CustomStringConvertible {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    init?(argument: String) {
        guard let scheme = ["http://", "https://"].first(where: argument.hasPrefix) else { return nil }
        let authority = argument.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !authority.contains("@"), !authority.hasPrefix(":") else { return nil }
        text = argument
    }

    var description: String { text }
    var defaultValueDescription: String { text }
}
