import PMRecord
import Postgres

/// The store in PostgreSQL. A batch is one statement, and so one round trip and one transaction.
package final class PostgresStore: RecordStore {
    let server: ConnectionString
    private let access: StoreAccess
    private var session: PostgresSession?
    private var ownership = CursorOwnership()
    package private(set) var roundTrips = 0

    package init(server: ConnectionString, access: StoreAccess = .writing) {
        self.server = server
        self.access = access
    }

    /// Connects, and runs the usual statement until the server keeps its plan, so that the first lines do not
    /// wait for the planner.
    ///
    /// Source: PostgreSQL manual, "PREPARE": each of the first five executions is planned again.
    package func open() throws(StoreError) {
        for _ in 1...6 {
            _ = try request { session throws(PostgresError) in try session.store(Batch(), cursors: []) }
        }
    }

    package func save(_ batch: Batch) throws(StoreError) {
        let marks = batch.lastMarks
        let cursors = try ownership.rows(of: marks, owner: owner)
        let written = try request { session throws(PostgresError) in
            try session.store(batch, cursors: cursors)
        }
        guard written == marks.count else { throw CursorOwnership.lost(marks) }
    }

    package func badRows(in batch: Batch) throws(StoreError) -> [BadRow] {
        var count = 0
        defer { roundTrips += count }
        return try request { session throws(PostgresError) in
            try session.badRows(in: batch, roundTrips: &count)
        }
    }

    package func cursors() throws(StoreError) -> [StreamCursor] {
        try request { session throws(PostgresError) in
            let rows = try session.connection.run(
                "SELECT stream, seq, \(utc("time")) FROM cursors ORDER BY stream")
            return (0..<rows.count).map { row in
                StreamCursor(
                    stream: rows[row, 0] ?? "", seq: rows[row, 1].flatMap { UInt64($0) } ?? 0,
                    time: rows[row, 2].flatMap { Timestamp($0) })
            }
        }
    }

    private func owner(of stream: String) throws(StoreError) -> String? {
        try request { session throws(PostgresError) in
            let rows = try session.connection.run(
                "SELECT owner FROM cursors WHERE stream = $1", [.text(stream)])
            return rows.count > 0 ? rows[0, 0] : nil
        }
    }

    /// Runs one request. After a lost connection, the next request connects again.
    func request<Answer>(
        _ body: (PostgresSession) throws(PostgresError) -> Answer
    ) throws(StoreError) -> Answer {
        let session = try openSession()
        roundTrips += 1
        do throws(PostgresError) {
            return try body(session)
        } catch {
            if error.kind == .connectionLost { self.session = nil }
            throw StoreError(error)
        }
    }

    private func openSession() throws(StoreError) -> PostgresSession {
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

/// Returns SQL for a column of times as RFC 3339 in UTC with milliseconds, whatever the session's time zone.
func utc(_ column: String) -> String {
    #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#
}
