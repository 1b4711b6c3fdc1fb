import ArgumentParser
import Database
import PMCommand
import PMPipe

/// The option `--database`, the same in every subcommand.
struct DatabaseOptions: ParsableArguments {
    // A string without a default value: help and usage errors would show the value, including a password.
    @Option(
        help: ArgumentHelp(
            "sqlite:PATH, a postgresql:// URI or a libpq connection string; else PM_DATABASE or DATABASE_URL. "
                + "(default: sqlite:polymarket.db)",
            valueName: "url"))
    var database: String?

    /// Returns the location.
    ///
    /// - Parameter outer: The options before the subcommand, used when this one has none.
    func location(else outer: DatabaseOptions? = nil) throws(StageError) -> DatabaseLocation {
        protectSecrets()
        return try DatabaseLocation.resolve(database ?? outer?.database, environment: Setting.text)
    }
}
