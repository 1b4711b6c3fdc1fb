import Database
import Postgres
import SQLite
import TestSupport

/// Each database there is, for tests that hold for both: `@Test(arguments: Backend.available)`.
package enum Backend: String, Sendable, CaseIterable {
    case sqlite, postgres

    /// Those that this machine has.
    package static var available: [Backend] {
        TemporaryPostgres.isInstalled ? allCases : [.sqlite]
    }
}

/// A real database, empty and of its own, gone when nobody refers to it any more.
package final class TestDatabase: Sendable {
    package let backend: Backend
    /// What `--database` wants.
    package let url: String
    private let directory: TemporaryDirectory

    /// - Parameter server: The PostgreSQL server to use; by default the one that all tests share.
    package init(_ backend: Backend, on server: TemporaryPostgres? = nil) throws {
        self.backend = backend
        directory = try TemporaryDirectory()
        url =
            switch backend {
            case .sqlite: "sqlite:\(directory.file("t.db"))"
            case .postgres: try (server ?? .shared()).createDatabase()
            }
    }

    package func makeStore(for access: StoreAccess = .writing) throws -> any Store {
        try DatabaseLocation(url).makeStore(for: access)
    }

    /// What `--database` wants to reach the same database of PostgreSQL through a pooler.
    package func url(through pooler: TemporaryPgBouncer) -> String {
        let settings = url.split(separator: " ").filter { !$0.hasPrefix("host=") }
        return "host=\(pooler.socketDirectory) " + settings.joined(separator: " ")
    }

    /// Runs statements, separated by semicolons, past the store.
    package func execute(_ script: String) throws {
        switch backend {
        case .sqlite: try SQLite.Database(path).execute(script)
        case .postgres: try Connection(url).run(script: script)
        }
    }

    /// The rows as texts, parted by `|` as sqlite3 and psql show them; NULL is empty.
    package func rows(_ sql: String) throws -> [String] {
        switch backend {
        case .sqlite:
            let database = try SQLite.Database(path)
            let query = try database.prepare(sql)
            var rows: [String] = []
            while try query.step() {
                rows.append((0..<query.columnCount).map { query.text($0) ?? "" }.joined(separator: "|"))
            }
            return rows
        case .postgres:
            let connection = try Connection(url)
            let rows = try connection.run(sql)
            return (0..<rows.count).map { row in
                (0..<rows.columns.count).map { rows[row, $0] ?? "" }.joined(separator: "|")
            }
        }
    }

    /// The first field of the first row.
    package func value(_ sql: String) throws -> String { try rows(sql).first ?? "" }

    /// Holds an exclusive lock on a table of PostgreSQL meanwhile.
    package func whileLocked(_ table: String, _ body: () throws -> Void) throws {
        let connection = try Connection(url)
        try connection.run(script: "BEGIN; LOCK TABLE \(table)")
        try body()
        try connection.run(script: "COMMIT")
    }

    /// The tables there are, views apart.
    package var tableNames: [String] {
        get throws {
            switch backend {
            case .sqlite: try rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
            case .postgres: try rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            }
        }
    }

    private var path: String { String(url.dropFirst("sqlite:".count)) }
}

extension TestDatabase {
    /// Has the database refuse trades, or no more.
    package func refuseTrades(where condition: String?) throws {
        switch (backend, condition) {
        case (.postgres, let condition?):
            try execute("ALTER TABLE trades ADD CONSTRAINT odd CHECK (NOT (\(condition)))")
        case (.postgres, nil): try execute("ALTER TABLE trades DROP CONSTRAINT odd")
        case (.sqlite, let condition?):
            try execute(
                """
                CREATE TRIGGER odd BEFORE INSERT ON trades WHEN NEW.\(condition)
                BEGIN SELECT RAISE(ABORT, 'odd'); END
                """)
        case (.sqlite, nil): try execute("DROP TRIGGER odd")
        }
    }
}
