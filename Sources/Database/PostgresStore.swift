import PMRecord
import Postgres

/// Records in PostgreSQL. A batch is one statement, and so one round trip and one transaction.
package final class PostgresStore: RecordStore {
    let server: ConnectionString
    private let access: StoreAccess
    private var session: PostgresSession?
    private var ownership = Ownership()
    package private(set) var roundTrips = 0

    package init(server: ConnectionString, access: StoreAccess = .writing) {
        self.server = server
        self.access = access
    }

    /// Has the server plan the usual statement for good, too, so that the first lines do not wait for it.
    ///
    /// Source: PostgreSQL manual, "PREPARE": the first five executions are each planned anew.
    package func open() throws(StoreError) {
        for _ in 1...6 {
            _ = try ask { session throws(PostgresError) in try session.store(Batch(), cursors: []) }
        }
    }

    package func save(_ batch: Batch) throws(StoreError) {
        let marks = batch.lastMarks
        let cursors = try ownership.rows(of: marks, owner: owner)
        let moved = try ask { session throws(PostgresError) in try session.store(batch, cursors: cursors) }
        guard moved == marks.count else { throw Ownership.lost(marks) }
    }

    package func faults(in batch: Batch) throws(StoreError) -> [Fault] {
        var count = 0
        defer { roundTrips += count }
        return try ask { session throws(PostgresError) in
            try session.faults(in: batch, roundTrips: &count)
        }
    }

    package func cursors() throws(StoreError) -> [Cursor] {
        try ask { session throws(PostgresError) in
            let rows = try session.connection.run(
                "SELECT stream, seq, \(utc("time")) FROM cursors ORDER BY stream")
            return (0..<rows.count).map { row in
                Cursor(
                    stream: rows[row, 0] ?? "", seq: rows[row, 1].flatMap { UInt64($0) } ?? 0,
                    time: rows[row, 2].flatMap { Timestamp($0) })
            }
        }
    }

    private func owner(of stream: String) throws(StoreError) -> String? {
        try ask { session throws(PostgresError) in
            let rows = try session.connection.run(
                "SELECT owner FROM cursors WHERE stream = $1", [.text(stream)])
            return rows.count > 0 ? rows[0, 0] : nil
        }
    }

    /// One request and its answer. A connection that was lost is made anew by the next.
    func ask<Answer>(
        _ request: (PostgresSession) throws(PostgresError) -> Answer
    ) throws(StoreError) -> Answer {
        let session = try opened()
        roundTrips += 1
        do throws(PostgresError) {
            return try request(session)
        } catch {
            if error.kind == .connectionLost { self.session = nil }
            throw StoreError(error)
        }
    }

    private func opened() throws(StoreError) -> PostgresSession {
        if let session { return session }
        let session: PostgresSession
        do throws(PostgresError) { session = try PostgresSession(server) } catch { throw StoreError(error) }
        switch access {
        case .reading: try Migration.checkReadable(version: try session.version())
        case .writing: try session.migrate()
        }
        self.session = session
        return session
    }
}

/// A column of moments as RFC 3339 in UTC with milliseconds, whatever the session's time zone.
func utc(_ column: String) -> String {
    #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#
}
