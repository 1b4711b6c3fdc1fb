import ArgumentParser
import Logging
import PMPipe

/// The options every stage has.
package struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Keep the lines that could not be used, with their reasons.", valueName: "file"))
    var rejects: String?

    @Flag(help: "Exit with status 65 when a line was rejected.")
    var strict = false

    @Option(help: ArgumentHelp("Keep a status file here, replaced every second.", valueName: "directory"))
    var statusDir: String?

    @Option(help: ArgumentHelp("How messages on standard error look: text or json.", valueName: "format"))
    package var logFormat = Setting.value("PM_LOG_FORMAT", default: StageLog.Format.text)

    @Option(
        help: ArgumentHelp("The least level said: debug, info, notice, warning, error.", valueName: "level"))
    package var logLevel = Setting.value("PM_LOG_LEVEL", default: Logger.Level.info)

    package init() {}

    package var rejectsPath: String? { rejects ?? Setting.text(Setting.ofStage("REJECTS")) }

    package var isStrict: Bool { strict || Setting.flag(Setting.ofStage("STRICT")) }

    package var statusDirectory: String? { statusDir ?? Setting.text("PM_STATUS_DIR") }

    package func log(for stage: String) -> StageLog {
        StageLog(stage: stage, format: logFormat, level: logLevel)
    }
}

extension StageLog.Format: ExpressibleByArgument {}

extension Logger.Level: @retroactive ExpressibleByArgument {}
