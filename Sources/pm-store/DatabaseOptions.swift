import ArgumentParser
import Database
import PMCommand
import PMPipe

/// Which database: the same option in every subcommand.
struct DatabaseOptions: ParsableArguments {
    // No default value, and no value of a type that could be refused: help and usage errors would show it,
    // password and all.
    @Option(
        help: ArgumentHelp(
            "sqlite:PATH, a postgresql:// URI or a libpq connection string; else PM_DATABASE or DATABASE_URL. "
                + "(default: sqlite:polymarket.db)",
            valueName: "url"))
    var database: String?

    /// - Parameter outer: What the command said that this one is part of.
    func location(else outer: DatabaseOptions? = nil) throws(StageError) -> DatabaseLocation {
        protectSecrets()
        return try DatabaseLocation.resolve(database ?? outer?.database, environment: Setting.text)
    }
}
