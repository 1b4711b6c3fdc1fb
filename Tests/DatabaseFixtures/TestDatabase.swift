import Database
import Postgres
import SQLite
import TestSupport

/// The databases, for tests that run on both: `@Test(arguments: Backend.available)`.
package enum Backend: String, Sendable, CaseIterable {
    case sqlite, postgres

    /// The databases installed on this machine.
    package static var available: [Backend] {
        TemporaryPostgres.isInstalled ? allCases : [.sqlite]
    }
}

/// An empty database, removed with the last reference to it.
package final class TestDatabase: Sendable {
    package let backend: Backend
    /// The value for `--database`.
    package let url: String
    private let directory: TemporaryDirectory

    /// - Parameter server: The PostgreSQL server. The default is the one that all tests share.
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

    /// Returns the value for `--database` that reaches the same PostgreSQL database through a pooler.
    package func url(through pooler: TemporaryPgBouncer) -> String {
        let settings = url.split(separator: " ").filter { !$0.hasPrefix("host=") }
        return "host=\(pooler.socketDirectory) " + settings.joined(separator: " ")
    }

    /// Runs statements, separated by semicolons, without the store.
    package func execute(_ script: String) throws {
        switch backend {
        case .sqlite: try SQLite.Database(path).execute(script)
        case .postgres: try Connection(url).run(script: script)
        }
    }

    /// Returns the rows as text, with fields separated by `|` as in sqlite3 and psql; NULL is empty.
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

    /// Returns the first row as text.
    package func value(_ sql: String) throws -> String { try rows(sql).first ?? "" }

    /// Runs `body` while another connection holds an exclusive lock on a table of PostgreSQL.
    package func whileLocked(_ table: String, _ body: () throws -> Void) throws {
        let connection = try Connection(url)
        try connection.run(script: "BEGIN; LOCK TABLE \(table)")
        try body()
        try connection.run(script: "COMMIT")
    }

    /// Runs `body` while another connection has a transaction open that has read a table or view.
    package func whileReading(_ table: String, _ body: () throws -> Void) throws {
        switch backend {
        case .sqlite:
            let reader = try SQLite.Database(path)
            try reader.execute("BEGIN; SELECT count(*) FROM \(table)")
            try body()
            try reader.execute("COMMIT")
        case .postgres:
            let reader = try Connection(url)
            try reader.run(script: "BEGIN; SELECT count(*) FROM \(table)")
            try body()
            try reader.run(script: "COMMIT")
        }
    }

    /// The names of all tables, without views.
    package var tableNames: [String] {
        get throws {
            switch backend {
            case .sqlite: try rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
            case .postgres: try rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            }
        }
    }

    /// The bytes of SQLite's file and its journals, by name; empty for PostgreSQL.
    package var fileBytes: [String: String] {
        get throws {
            guard backend == .sqlite else { return [:] }
            let files = try directory.names.map { ($0, try directory.read($0)) }
            return Dictionary(uniqueKeysWithValues: files)
        }
    }

    /// The path of SQLite's file.
    package var path: String { String(url.dropFirst("sqlite:".count)) }
}

extension TestDatabase {
    /// Has the database reject trades that match the condition; none when `nil`.
    package func rejectTrades(where condition: String?) throws {
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
