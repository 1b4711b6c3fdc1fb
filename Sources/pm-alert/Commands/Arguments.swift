import Alerting
import ArgumentParser
import Database
import PMCommand
import PMPipe

struct DatabaseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the subscribers are: sqlite:PATH, a postgresql:// URI or a libpq connection string. "
                + "(default: sqlite:polymarket.db)", valueName: "url"))
    var database: String?

    func location() throws(StageError) -> DatabaseLocation {
        try DatabaseLocation.resolve(database, environment: Setting.text)
    }
}

struct LiveAddressArgument: ExpressibleByArgument {
    let address: LiveAddress

    init?(argument: String) {
        guard let address = LiveAddress(argument) else { return nil }
        self.address = address
    }
}

/// Several values, parted by commas.
struct CommaList: ExpressibleByArgument {
    let values: [String]

    init?(argument: String) {
        values = argument.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
        guard !values.isEmpty, values.allSatisfy({ !$0.isEmpty }) else { return nil }
    }
}

/// How a subcommand says what went wrong.
struct LogOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How messages on standard error look: text or json.", valueName: "format"))
    var logFormat = Setting.value("PM_LOG_FORMAT", default: StageLog.Format.text)

    var log: StageLog { StageLog(stage: "pm-alert", format: logFormat) }
}
