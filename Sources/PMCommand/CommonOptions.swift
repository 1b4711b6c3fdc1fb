import ArgumentParser
import Logging
import PMPipe

/// The options that every stage has.
package struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Append rejected lines, with their reasons, to this file.", valueName: "file"))
    var rejects: String?

    @Flag(help: "Exit with status 65 if a line was rejected.")
    var strict = false

    @Option(help: ArgumentHelp("Write a status file to this directory every second.", valueName: "directory"))
    var statusDir: String?

    @Option(help: ArgumentHelp("Format of messages on standard error: text or json.", valueName: "format"))
    package var logFormat = Setting.value("PM_LOG_FORMAT", default: StageLog.Format.text)

    @Option(
        help: ArgumentHelp("Lowest level to log: debug, info, notice, warning, error.", valueName: "level"))
    package var logLevel = Setting.value("PM_LOG_LEVEL", default: Logger.Level.info)

    package init() {}

    package var rejectsPath: String? { rejects ?? Setting.text(Setting.ofStage("REJECTS")) }

    package var isStrict: Bool { strict || Setting.flag(Setting.ofStage("STRICT")) }

    package var statusDirectory: String? { statusDir ?? Setting.text("PM_STATUS_DIR") }

    package func log(for stage: String) -> StageLog {
        StageLog(
            stage: stage, format: logFormat, showsTime: Setting.flag("PM_LOG_TIME"), level: logLevel)
    }
}

extension StageLog.Format: ExpressibleByArgument {}

extension Logger.Level: @retroactive ExpressibleByArgument {}
