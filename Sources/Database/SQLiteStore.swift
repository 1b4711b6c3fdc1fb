import PMRecord
import SQLite

/// Records in a SQLite file, which anyone may read while it is written.
package final class SQLiteStore: RecordStore {
    private let path: String
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
        for stream in ownership.unknown(in: marks) {
            ownership.take(stream, from: try session.owner(of: stream))
        }
        roundTrips += 1
        try session.database.transaction(failure: StoreError.init) { _ throws(StoreError) in
            try session.trades.run(batch.tradeRows)
            try session.wallets.run(batch.walletRows)
            try session.markets.run(batch.marketRows)
            for mark in marks {
                try session.cursors.run([ownership.row(mark)])
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
    let trades: SQLiteInsert
    let wallets: SQLiteInsert
    let markets: SQLiteInsert
    let cursors: SQLiteInsert

    init(_ path: String) throws(StoreError) {
        database = try SQLiteStore.attempt { () throws(SQLiteError) in try Database(path) }
        try Self.configure(database)
        try Self.migrate(database)
        trades = try SQLiteInsert(into: .trades, of: database)
        wallets = try SQLiteInsert(into: .wallets, of: database)
        markets = try SQLiteInsert(into: .markets, of: database)
        cursors = try SQLiteInsert(into: .cursors, of: database)
    }

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

/// A prepared statement that inserts rows into a table.
struct SQLiteInsert: ~Copyable {
    private let statement: Statement
    private let types: [ColumnType]

    init(into table: Table, of database: borrowing Database) throws(StoreError) {
        types = table.columns.map(\.type)
        do throws(SQLiteError) {
            statement = try database.prepare(table.insertForSQLite)
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
        let cell = row.cells[column]
        guard !cell.isEmpty else { return try statement.bindNull(at: column + 1) }
        let value = row.json[cell]
        switch types[column] {
        case .key, .text, .time:
            if value.contains(UInt8(ascii: "\\")) {
                try statement.bind(content(of: value), at: column + 1)
            } else {
                let text = cell.lowerBound + 1..<cell.upperBound - 1
                try statement.bind(text: row.json.span.extracting(text), at: column + 1)
            }
        case .number:
            try statement.bind(Double(String(decoding: value, as: UTF8.self)), at: column + 1)
        case .integer:
            try statement.bind(Int64(String(decoding: value, as: UTF8.self)), at: column + 1)
        case .json:
            try statement.bind(text: row.json.span.extracting(cell), at: column + 1)
        }
    }
}
