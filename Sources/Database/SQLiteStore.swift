import PMRecord
import SQLite

/// Records in a SQLite file, which anyone may read while it is written.
package final class SQLiteStore: RecordStore {
    let path: String
    private var session: SQLiteSession?
    private var ownership = Ownership()
    package private(set) var roundTrips = 0

    package init(path: String) {
        self.path = path
    }

    package func open() throws(StoreError) {
        _ = try opened()
    }

    package func save(_ batch: Batch) throws(StoreError) {
        let session = try opened()
        let marks = batch.lastMarks
        let cursors = try ownership.rows(of: marks, owner: session.owner)
        roundTrips += 1
        try session.database.transaction(failure: StoreError.init) { _ throws(StoreError) in
            for insert in session.inserts { try insert.run(batch.rows(of: insert.table)) }
            try session.retract.run(batch.rows(of: .retractions))
            for (mark, cursor) in zip(marks, cursors) {
                try session.cursors.run([cursor])
                guard session.database.changes > 0 else { throw Ownership.lost([mark]) }
            }
        }
    }

    package func cursors() throws(StoreError) -> [Cursor] {
        try opened().cursorsByStream()
    }

    func opened() throws(StoreError) -> SQLiteSession {
        if let session { return session }
        let session = try SQLiteSession(path)
        self.session = session
        return session
    }
}

/// An open database of this schema, and the statements that write to it.
final class SQLiteSession {
    let database: Database
    let inserts: [SQLiteInsert]
    let cursors: SQLiteInsert
    let retract: SQLiteInsert

    init(_ path: String) throws(StoreError) {
        database = try SQLiteStore.attempt { () throws(SQLiteError) in try Database(path) }
        try Self.configure(database)
        try Self.migrate(database)
        var inserts: [SQLiteInsert] = []
        for table in [Table.trades, .wallets, .markets, .gaps, .portfolios, .leaderboards, .alerts] {
            inserts.append(try SQLiteInsert(into: table, of: database))
        }
        self.inserts = inserts
        cursors = try SQLiteInsert(into: .cursors, of: database)
        retract = try SQLiteInsert(into: .retractions, of: database, by: Self.retraction)
    }

    private static let retraction = """
        UPDATE trades SET retracted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), retract_reason = ?2
        WHERE id = ?1 AND retracted_at IS NULL
        """

    /// Readers and the writer do not wait for each other (WAL), and a commit is on the disk before it is told.
    private static func configure(_ database: borrowing Database) throws(StoreError) {
        do throws(SQLiteError) {
            _ = try database.text("PRAGMA journal_mode = WAL")
            try database.execute(
                """
                PRAGMA synchronous = FULL;
                PRAGMA foreign_keys = ON;
                PRAGMA wal_autocheckpoint = 4000;
                PRAGMA journal_size_limit = 67108864;
                """)
        } catch {
            throw StoreError(error)
        }
    }

    /// Under the write lock, so that of two programs that start at once the second finds the work done.
    private static func migrate(_ database: borrowing Database) throws(StoreError) {
        guard try version(of: database) != Migration.newest else { return }
        try database.transaction(failure: StoreError.init) { database throws(StoreError) in
            let steps = try Migration.missing(from: try version(of: database))
            do throws(SQLiteError) {
                for step in steps { try database.execute(step.sqlite) }
                try database.execute("PRAGMA user_version = \(Migration.newest)")
            } catch {
                throw StoreError(error)
            }
        }
    }

    private static func version(of database: borrowing Database) throws(StoreError) -> Int {
        do throws(SQLiteError) {
            return Int(try database.integer("PRAGMA user_version") ?? 0)
        } catch {
            throw StoreError(error)
        }
    }

    func owner(of stream: String) throws(StoreError) -> String? {
        do throws(SQLiteError) {
            let query = try database.prepare("SELECT owner FROM cursors WHERE stream = ?")
            try query.bind(stream, at: 1)
            return try query.step() ? query.text(0) : nil
        } catch {
            throw StoreError(error)
        }
    }

    func cursorsByStream() throws(StoreError) -> [Cursor] {
        do throws(SQLiteError) {
            let query = try database.prepare("SELECT stream, seq, time FROM cursors ORDER BY stream")
            var cursors: [Cursor] = []
            while try query.step() {
                cursors.append(
                    Cursor(
                        stream: query.text(0) ?? "", seq: UInt64(query.integer(1) ?? 0),
                        time: query.text(2).flatMap { Timestamp($0) }))
            }
            return cursors
        } catch {
            throw StoreError(error)
        }
    }
}

/// A prepared statement that writes rows of a table.
final class SQLiteInsert {
    let table: Table
    private let statement: Statement
    private let types: [ColumnType]

    /// - Parameter sql: Takes a row's values as its parameters; by default it inserts them.
    init(into table: Table, of database: borrowing Database, by sql: String? = nil) throws(StoreError) {
        self.table = table
        types = table.columns.map(\.type)
        do throws(SQLiteError) {
            statement = try database.prepare(sql ?? table.insertForSQLite)
        } catch {
            throw StoreError(error)
        }
    }

    func run(_ rows: [Row]) throws(StoreError) {
        do throws(SQLiteError) {
            for row in rows {
                for column in types.indices { try bind(row, column) }
                try statement.run()
            }
        } catch {
            throw StoreError(error)
        }
    }

    private func bind(_ row: Row, _ column: Int) throws(SQLiteError) {
        let index = column + 1
        try row.withValue(column) { text throws(SQLiteError) in
            guard let text else { return try statement.bindNull(at: index) }
            switch types[column] {
            case .key, .text, .time, .json: try statement.bind(text: text, at: index)
            case .number: try statement.bind(Double(text.string), at: index)
            case .integer: try statement.bind(Int64(text.string), at: index)
            }
        }
    }
}

extension Span<UInt8> {
    fileprivate var string: String {
        withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
