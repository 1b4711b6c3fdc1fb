import ArgumentParser
import Database
import PMCommand
import PMPipe
import Storage

@main
struct StoreCommand: Program {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "pm-store",
        abstract: "Store the records in SQLite or PostgreSQL, then pass them on.",
        discussion: """
            Reads one record a line on standard input, stores it, and writes the line, unchanged, once it is \
            committed. Tables are created and migrated automatically; storing a record twice changes nothing. \
            While the database is unavailable, lines are passed on after a second and held for it.

            """
                + exitStatusHelp([
                    (.ok, "the input ended, or the reader of the output closed it"),
                    (.usage, "bad usage"),
                    (.badData, "a line was rejected, and --strict was given"),
                    (.unavailable, "the database stayed unavailable"),
                    (.inputOutput, "a read or write failed, or the database file is damaged"),
                    (
                        .tryAgain,
                        "stopped by a signal before the end of input, or SQLite's file was replaced by an older one"
                    ),
                    (
                        .configuration,
                        "the database rejects the connection, or its schema is foreign or newer than pm-store"
                    ),
                ]),
        version: projectVersion,
        subcommands: [
            CursorCommand.self, PendingCommand.self, GapsCommand.self, ExportCommand.self, ImportCommand.self,
            PruneCommand.self, CheckCommand.self, UngradedCommand.self, GradesCommand.self,
        ])

    @OptionGroup var database: DatabaseOptions

    @Option(
        help: ArgumentHelp(
            "The most lines in one transaction. (default: 10000 in SQLite, 5000 in PostgreSQL)",
            valueName: "lines"))
    var maxBatch: Int?

    @Option(
        help: ArgumentHelp(
            "Bytes held while the database is unavailable; beyond that, input waits.", valueName: "size"))
    var hold = Setting.value("PM_STORE_HOLD", default: ByteSize(64 << 20))

    @Option(
        help: ArgumentHelp(
            "The longest time that lines wait for the database before they are passed on without it.",
            valueName: "period"))
    var passAfter = Setting.value("PM_STORE_PASS_AFTER", default: Period(.seconds(1)))

    @Option(
        help: ArgumentHelp(
            "The longest wait for an unavailable database after the end of input.", valueName: "period"))
    var patience = Setting.value("PM_STORE_PATIENCE", default: Period(.seconds(300)))

    @Option(
        help: ArgumentHelp(
            "Remove trades, alerts, outcomes, audits and snapshots older than this while running, a few at a time.",
            valueName: "period"))
    var keep: Period?

    @Flag(help: "Store only, and pass nothing on.")
    var quiet = Setting.flag("PM_STORE_QUIET")

    @OptionGroup var common: CommonOptions

    var log: StageLog { common.log(for: "pm-store") }

    func validate() throws {
        if let batchLines, batchLines < 1 {
            throw ValidationError("--max-batch must be at least 1, as in --max-batch 5000, not \(batchLines)")
        }
    }

    private var batchLines: Int? { maxBatch ?? Setting.optional("PM_STORE_MAX_BATCH") }

    func run() throws {
        let log = log
        try run(logging: log) { process throws(StageError) in
            try store(in: try database.location(), isQuiet: quiet, process, log)
        }
    }

    /// Stores the input in the database.
    func store(
        in location: DatabaseLocation, isQuiet: Bool, isBulkLoad: Bool = false, _ process: StageProcess,
        _ log: StageLog
    ) throws(StageError) {
        var limits = StoreLimits(for: location)
        (limits.batchLines, limits.hold) = (batchLines ?? limits.batchLines, hold.bytes)
        (limits.passAfter, limits.patience) = (passAfter.duration, patience.duration)
        limits.isBulkLoad = isBulkLoad
        limits.keep = (keep ?? Setting.optional("PM_STORE_KEEP"))?.duration
        var stage = StoreStage(
            in: location, limits: limits, rejectsPath: common.rejectsPath, isQuiet: isQuiet, log: log)
        var status = try StatusFile(stage: "pm-store", directory: common.statusDirectory, log: log)
        let tally = try stage.run(status: &status)
        try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
    }
}
