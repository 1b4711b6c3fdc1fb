import PMRecord
import SQLite

/// Records in a SQLite file, which anyone may read while it is written.
package final class SQLiteStore: RecordStore {
    let path: String
    private let access: StoreAccess
    private var session: SQLiteSession?
    private var ownership = Ownership()
    package private(set) var roundTrips = 0

    package init(path: String, access: StoreAccess = .writing) {
        self.path = path
        self.access = access
    }

    package func open() throws(StoreError) {
        _ = try opened()
    }

    package func save(_ batch: Batch) throws(StoreError) {
        let session = try opened()
        let statements = try session.statements()
        let marks = batch.lastMarks
        let cursors = try ownership.rows(of: marks, owner: session.owner)
        roundTrips += 1
        try session.database.transaction(failure: StoreError.init) { _ throws(StoreError) in
            try statements.write(batch)
            for (mark, cursor) in zip(marks, cursors) {
                try statements.cursors.run([cursor])
                guard session.database.changes > 0 else { throw Ownership.lost([mark]) }
            }
        }
    }

    package func faults(in batch: Batch) throws(StoreError) -> [Fault] {
        let session = try opened()
        let statements = try session.statements()
        roundTrips += 1
        return try session.database.rehearsal(failure: StoreError.init) { database throws(StoreError) in
            try batch.faults { part throws(StoreError) in
                try statements.attempt(part, in: database)
            }
        }
    }

    package func cursors() throws(StoreError) -> [Cursor] {
        try opened().cursorsByStream()
    }

    func opened() throws(StoreError) -> SQLiteSession {
        if let session { return session }
        let session = try SQLiteSession(path, for: access)
        self.session = session
        return session
    }
}
