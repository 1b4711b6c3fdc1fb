import PMRecord
import SQLite

/// The store in a SQLite file, which other programs may read at any time.
package final class SQLiteStore: RecordStore {
    let path: String
    private let access: StoreAccess
    private var session: SQLiteSession?
    private var ownership = CursorOwnership()
    package private(set) var roundTrips = 0

    package init(path: String, access: StoreAccess = .writing) {
        self.path = path
        self.access = access
    }

    package func open() throws(StoreError) {
        _ = try openSession()
    }

    package func save(_ batch: Batch) throws(StoreError) {
        let session = try openSession()
        let statements = try session.statements()
        let marks = batch.lastMarks
        let cursors = try ownership.rows(of: marks, owner: session.owner)
        roundTrips += 1
        try session.setPace(for: batch)
        try session.database.transaction(failure: StoreError.init) { _ throws(StoreError) in
            try statements.write(batch)
            for (mark, cursor) in zip(marks, cursors) {
                try statements.cursors.run([cursor])
                guard session.database.changes > 0 else { throw CursorOwnership.lost([mark]) }
            }
        }
    }

    package func badRows(in batch: Batch) throws(StoreError) -> [BadRow] {
        let session = try openSession()
        let statements = try session.statements()
        roundTrips += 1
        return try session.database.dryRun(failure: StoreError.init) { database throws(StoreError) in
            try batch.badRows { part throws(StoreError) in
                try statements.attempt(part, in: database)
            }
        }
    }

    package func cursors() throws(StoreError) -> [StreamCursor] {
        try openSession().cursors()
    }

    func openSession() throws(StoreError) -> SQLiteSession {
        if let session { return session }
        let session = try SQLiteSession(path, for: access)
        self.session = session
        return session
    }

    /// Runs `request`, and converts its error.
    static func attempt<Answer: ~Copyable>(
        _ request: () throws(SQLiteError) -> Answer
    ) throws(StoreError) -> Answer {
        do throws(SQLiteError) { return try request() } catch { throw StoreError(error) }
    }
}
