import ArgumentParser
import Database
import PMCommand
import PMPipe
import Storage

@main
struct StoreCommand: ParsableCommand {
    static let _errorLabel = "pm-store"

    static let configuration = CommandConfiguration(
        commandName: "pm-store",
        abstract: "Store the records in SQLite or PostgreSQL, then pass them on.",
        discussion: """
            Reads one record a line on standard input, stores it, and writes the line, unchanged, once it is \
            committed. Tables are made and brought up to date by themselves; storing a record twice changes \
            nothing. While the database is away, records go on after a second and are held for it.

            """
                + exitStatusHelp([
                    (.ok, "input ended, or the reader of our output left"),
                    (.usage, "bad usage"),
                    (.badData, "a line was rejected, and --strict was given"),
                    (.unavailable, "the database stayed away"),
                    (.inputOutput, "a read or write failed, or the database file is damaged"),
                    (.tryAgain, "told to stop before the end of input"),
                    (
                        .configuration,
                        "the database refuses us, or its schema is not ours or newer than we are"
                    ),
                ]),
        version: projectVersion,
        subcommands: [
            CursorCommand.self, PendingCommand.self, GapsCommand.self, ExportCommand.self,
            PruneCommand.self, CheckCommand.self,
        ])

    @OptionGroup var database: DatabaseOptions

    @Option(help: ArgumentHelp("Lines that one transaction may hold.", valueName: "lines"))
    var maxBatch = Setting.value("PM_STORE_MAX_BATCH", default: 5000)

    @Option(
        help: ArgumentHelp(
            "Bytes held for a database that is away; beyond that the input waits.", valueName: "size"))
    var hold = Setting.value("PM_STORE_HOLD", default: ByteSize(64 << 20))

    @Option(
        help: ArgumentHelp(
            "How long records wait for the database before they go on without it.", valueName: "period"))
    var passAfter = Setting.value("PM_STORE_PASS_AFTER", default: Period(.seconds(1)))

    @Option(
        help: ArgumentHelp(
            "How long to wait for a database that is away once the input has ended.", valueName: "period"))
    var patience = Setting.value("PM_STORE_PATIENCE", default: Period(.seconds(300)))

    @Flag(help: "Store, and pass nothing on.")
    var quiet = Setting.flag("PM_STORE_QUIET")

    @OptionGroup var common: CommonOptions

    var log: StageLog { common.log(for: "pm-store") }

    func validate() throws {
        guard maxBatch > 0 else { throw ValidationError("--max-batch must be at least 1, not \(maxBatch)") }
    }

    func run() throws {
        let log = log
        try run(logging: log) { process throws(StageError) in
            var limits = StoringLimits()
            (limits.batchLines, limits.hold) = (maxBatch, hold.bytes)
            (limits.passAfter, limits.patience) = (passAfter.duration, patience.duration)
            var storing = Storing(
                in: try database.location(), limits: limits, rejectsPath: common.rejectsPath, isQuiet: quiet,
                log: log)
            var status = try StatusFile(stage: "pm-store", directory: common.statusDirectory, log: log)
            let tally = try storing.run(status: &status)
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }
}
