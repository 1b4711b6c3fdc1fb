import ArgumentParser
import Enrichment
import PMCommand
import PMPipe
import PolymarketAPI

@main
struct EnrichCommand: Program {
    static let _errorLabel = "pm-enrich"

    static let configuration = CommandConfiguration(
        commandName: "pm-enrich",
        abstract: "Add to each trade its wallet's profile, its market, and its impact on the order book.",
        discussion: """
            Reads one record a line on standard input and looks each trade up at Polymarket's public \
            services. A trade whose results are all cached is emitted enriched. Any other trade is emitted at \
            once as pending, and again when all results are there or its deadline has passed. Other records \
            pass unchanged.

            """
                + exitStatusHelp([
                    (.ok, "the input ended, or the reader closed the pipe"),
                    (.usage, "bad usage"),
                    (.badData, "a line was rejected, and --strict was given"),
                    (.inputOutput, "a read or write failed"),
                    (.tryAgain, "stopped by a signal before the end of input"),
                    (.configuration, "--replay-http names no valid cassette"),
                ]),
        version: projectVersion, subcommands: [GradeCommand.self])

    @Option(help: ArgumentHelp("The Gamma API's address: markets and public profiles.", valueName: "url"))
    var gammaUrl = Setting.value("PM_GAMMA_URL", default: BaseURL(APIBases().gamma))

    @Option(help: ArgumentHelp("The Data API's address: positions and trades.", valueName: "url"))
    var dataUrl = Setting.value("PM_DATA_URL", default: BaseURL(APIBases().data))

    @Option(help: ArgumentHelp("The CLOB API's address: order books.", valueName: "url"))
    var clobUrl = Setting.value("PM_CLOB_URL", default: BaseURL(APIBases().clob))

    @Option(
        help: ArgumentHelp(
            """
            A Polygon node's JSON-RPC address, to find wallets that the Data API does not show. May be repeated: \
            the next node is asked when one refuses or fails.
            """, valueName: "url"))
    var polygonUrl: [BaseURL] = []

    @Option(
        help: ArgumentHelp(
            "The versions of the Data API to ask, and their order: v2, v2-then-v1 or v1-then-v2.",
            valueName: "versions"))
    var dataApi = Setting.value(
        "PM_ENRICH_DATA_API", default: Setting.value("PM_DATA_API", default: VersionPolicy.Order.v2ThenV1))

    @Option(help: ArgumentHelp("The most requests in flight.", valueName: "n"))
    var concurrency = Setting.value("PM_ENRICH_CONCURRENCY", default: 16)

    @Option(
        help: ArgumentHelp("The most time from a trade's arrival to its final revision.", valueName: "period")
    )
    var deadline = Setting.value("PM_ENRICH_DEADLINE", default: Period(.seconds(30)))

    @Option(
        help: ArgumentHelp(
            "The trades whose outcomes are followed: none, alerts (those of a tier or of smart money) or all.",
            valueName: "trades"))
    var grade = Setting.value("PM_ENRICH_GRADE", default: GradingMode.none)

    @Flag(help: "Emit only final revisions, and none as pending.")
    var finalOnly = Setting.flag("PM_ENRICH_FINAL_ONLY")

    @Flag(
        help: ArgumentHelp(
            "Ignore the published limits. Only for simulated services.", visibility: .hidden))
    var unlimited = Setting.flag("PM_ENRICH_UNLIMITED")

    @Option(
        help: ArgumentHelp(
            "Store what is learned about the services' limits here, and share it with other processes.",
            valueName: "directory"))
    var state: String?

    @Option(help: ArgumentHelp("Record all answers of the services here.", valueName: "directory"))
    var recordHttp: String?

    @Option(
        help: ArgumentHelp(
            "Replay the answers recorded here, by the records' clock, without any request.",
            valueName: "directory"))
    var replayHttp: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard 1...256 ~= concurrency else {
            throw ValidationError("--concurrency must be from 1 to 256, not \(concurrency)")
        }
        guard grade != .only else { throw ValidationError("--grade must be none, alerts or all") }
        if recording != nil, replaying != nil {
            throw ValidationError("--record-http and --replay-http cannot be combined")
        }
    }

    /// The directories of the cassettes. An option on the command line overrides both variables.
    private var recording: String? {
        recordHttp ?? (replayHttp == nil ? Setting.text("PM_ENRICH_RECORD_HTTP") : nil)
    }
    private var replaying: String? {
        replayHttp ?? (recordHttp == nil ? Setting.text("PM_ENRICH_REPLAY_HTTP") : nil)
    }

    func run() throws { try run(grading: grade) }

    /// - Parameter grading: The trades whose outcomes are followed.
    func run(grading: GradingMode) throws {
        let log = common.log(for: "pm-enrich")
        try run(logging: log) { process throws(StageError) in
            var settings = Enricher.Settings()
            settings.deadline = deadline.duration
            settings.isFinalOnly = finalOnly
            settings.lookups.concurrency = concurrency
            settings.grading = grading
            settings.leaderboardInterval = grading == .only ? nil : .seconds(3600)
            settings.lookups.isUnlimited = unlimited
            settings.lookups.dataAPI = dataApi
            let polygon: [BaseURL] =
                polygonUrl.isEmpty ? Setting.list("PM_POLYGON_URL") : polygonUrl
            settings.lookups.polygonNodes = polygon.count
            let bases = APIBases(
                gamma: gammaUrl.text, data: dataUrl.text, clob: clobUrl.text,
                polygonNodes: polygon.map(\.text))
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
                    settings.lookups.limiterFiles = try LimiterDirectory.open(directory, for: bases)
                }
                let stage = EnrichStage(settings, bases, recorder: recorder, log: log)
                tally = try stage.run(rejects: &rejects, status: &status)
            }
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }
}

extension VersionPolicy.Order: ExpressibleByArgument {}

extension GradingMode: ExpressibleByArgument {
    package static var allValueStrings: [String] { allCases.filter { $0 != .only }.map(\.rawValue) }
}

/// An `http` or `https` address with a host, without user name and password.
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
