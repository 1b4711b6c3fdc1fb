import PMRecord
import SQLite

/// The store in a SQLite file, which other programs may read at any time.
package final class SQLiteStore: RecordStore {
    let path: String
    private let access: StoreAccess
    private var session: SQLiteSession?
    /// The file that the session has open.
    private var file: FileIdentity?
    private var hasReportedLoss = false
    private var ownership = CursorOwnership()
    /// The last saved mark of each stream.
    private var saved: [String: Mark] = [:]
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
        for mark in marks { saved[mark.stream] = mark }
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

    /// Returns the session of the file at the path.
    ///
    /// - Throws: ``StoreError/Kind/unavailable``, once, when the file was deleted or replaced since it was opened. The
    ///   next call restores a deleted file, or opens the new one.
    func openSession() throws(StoreError) -> SQLiteSession {
        if let session {
            let current = FileIdentity(of: path)
            if current == file { return session }
            guard hasReportedLoss else {
                hasReportedLoss = true
                throw StoreError(
                    .unavailable, "\(path) was \(current == nil ? "deleted" : "replaced") while it was in use"
                )
            }
            if current == nil, access == .writing { try session.restore(to: path) }
            self.session = nil
        }
        let session = try SQLiteSession(path, for: access)
        try checkCursors(of: session)
        self.session = session
        (file, hasReportedLoss) = (FileIdentity(of: path), false)
        return session
    }

    /// Throws if the file lacks what this store has saved: a restart of the chain repeats it, from the file's cursor.
    private func checkCursors(of session: SQLiteSession) throws(StoreError) {
        guard !saved.isEmpty else { return }
        let stored = try session.cursors()
        for mark in saved.values where mark.seq > stored.first(where: { $0.stream == mark.stream })?.seq ?? 0
        {
            throw StoreError(
                .replaced,
                "\(path) was replaced by a file that lacks stored records; a new start stores them again")
        }
    }

    /// Runs `request`, and converts its error.
    static func attempt<Answer: ~Copyable>(
        _ request: () throws(SQLiteError) -> Answer
    ) throws(StoreError) -> Answer {
        do throws(SQLiteError) { return try request() } catch { throw StoreError(error) }
    }
}
