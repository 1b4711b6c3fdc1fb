import Alerting
import ArgumentParser
import Database
import PMCommand
import PMPipe

/// The option for the database with the subscribers.
struct DatabaseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The database with the subscribers: sqlite:PATH, a postgresql:// URI or a libpq connection string. "
                + "(default: sqlite:polymarket.db)", valueName: "url"))
    var database: String?

    func location() throws(StageError) -> DatabaseLocation {
        protectSecrets()
        return try DatabaseLocation.resolve(database, environment: Setting.text)
    }
}

/// The options for the place where the subscribers are stored.
struct SubscriberOptions: ParsableArguments {
    @OptionGroup var database: DatabaseOption

    @Option(
        name: .customLong("subscribers"),
        help: ArgumentHelp(
            "Read the subscribers from this file, not from the database: lines as 'pm-alert subscribers' writes them.",
            valueName: "file"))
    var file: String?

    func source() throws(StageError) -> SubscriberSource {
        if let path = file ?? Setting.text("PM_ALERT_SUBSCRIBERS") { return .file(path) }
        return .database(try database.location())
    }
}
