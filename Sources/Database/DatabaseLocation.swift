import PMPipe
import Postgres

/// The database to use. A password in it is never shown.
package enum DatabaseLocation: Sendable {
    case sqlite(path: String)
    case postgres(ConnectionString)

    /// `sqlite:polymarket.db`, in the working directory.
    package static let standard = DatabaseLocation.sqlite(path: "polymarket.db")

    /// Reads `sqlite:PATH`, a `postgresql://` URI or a libpq connection string.
    ///
    /// - Throws: ``ExitStatus/usage`` with a sentence that does not quote `text`.
    package init(_ text: String) throws(StageError) {
        if text.hasPrefix("sqlite:") {
            let rest = text.dropFirst("sqlite:".count)
            // other programs spell an absolute path `sqlite:///var/lib/x.db`
            let path = rest.hasPrefix("///") ? rest.dropFirst(2) : rest
            guard !path.isEmpty else {
                throw StageError(.usage, "--database sqlite: names no file")
            }
            self = .sqlite(path: String(path))
            return
        }
        do throws(PostgresError) {
            self = .postgres(try ConnectionString(text))
        } catch {
            throw StageError(
                .usage,
                "--database is neither sqlite:PATH nor a postgresql:// URI nor a libpq connection string: "
                    + error.message)
        }
    }

    /// The option's value, else `PM_DATABASE`, else `DATABASE_URL`, else ``standard``.
    ///
    /// - Parameter environment: Looks up a variable; `nil` when it is unset or empty.
    package static func resolve(
        _ option: String?, environment: (String) -> String?
    ) throws(StageError) -> DatabaseLocation {
        guard let text = option ?? environment("PM_DATABASE") ?? environment("DATABASE_URL") else {
            return .standard
        }
        return try DatabaseLocation(text)
    }
}

extension DatabaseLocation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .postgres(let server): "postgresql \(server.redacted)"
        }
    }
}
