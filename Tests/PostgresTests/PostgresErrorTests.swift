import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TemporaryPostgres.isInstalled, "PostgreSQL's server is not installed"))
struct PostgresErrorTests {
    @Test(
        arguments: [
            ("SELECT 1 / 0", "22012", .data),
            ("SELECT 'x'::int", "22P02", .data),
            ("SELECT '\\u0000'::json ->> 0", "22P02", .data),
            ("INSERT INTO pair VALUES (1), (1)", "23505", .data),
            ("INSERT INTO pair VALUES (NULL)", "23502", .data),
            (
                "INSERT INTO pair VALUES (2), (2) ON CONFLICT (id) DO UPDATE SET id = excluded.id", "21000",
                .data
            ),
            ("SELECT repeat('[', 100000)::json", "54001", .data),
            ("SELECT * FROM nowhere", "42P01", .schema),
            ("SELECT nothing FROM pair", "42703", .schema),
            ("SELEKT", "42601", .schema),
            ("SET TRANSACTION READ ONLY; INSERT INTO pair VALUES (1)", "42601", .schema),  // two statements
        ] as [(String, String, PostgresError.Kind)])
    func everyErrorHasAKind(_ sql: String, state: String, kind: PostgresError.Kind) throws {
        let connection = try connect()
        try connection.run(script: "CREATE TEMP TABLE pair (id int PRIMARY KEY)")
        let error = #expect(throws: PostgresError.self) { _ = try connection.run(sql) }
        #expect(error?.sqlState == state)
        #expect(error?.kind == kind)
        #expect(try connection.run("SELECT 1").count == 1)
    }

    @Test func rejectsANULInText() throws {
        let connection = try connect()
        let error = #expect(throws: PostgresError.self) { _ = try connection.run("SELECT $1", ["a\0b"]) }
        let asBytes = #expect(throws: PostgresError.self) {
            _ = try connection.run("SELECT $1", [.bytes(Array("a\0b".utf8), as: .text)])
        }
        #expect(error?.sqlState == "22021")
        #expect(asBytes?.sqlState == "22021")
        #expect(error?.kind == .data)
    }

    @Test(
        arguments: [
            ("SET lock_timeout = '50ms'; ", "55P03", .transient),
            ("SET statement_timeout = '50ms'; ", "57014", .timedOut),
        ] as [(String, String, PostgresError.Kind)])
    func aLockTimeoutIsNotPermanent(
        _ setting: String, state: String, kind: PostgresError.Kind
    ) throws {
        let server = try TemporaryPostgres.shared().createDatabase()
        let holder = try Connection(server)
        let waiter = try Connection(server)
        try holder.run(script: "CREATE TABLE held ()")
        try holder.run(script: "BEGIN; LOCK TABLE held")
        try waiter.run(script: setting)
        let error = #expect(throws: PostgresError.self) { try waiter.run(script: "BEGIN; LOCK TABLE held") }
        #expect(error?.sqlState == state)
        #expect(error?.kind == kind)
    }

    @Test(
        arguments: [
            ("58000", .transient), ("58030", .transient), ("58P01", .transient), ("XX000", .transient),
            ("F0000", .transient), ("55006", .transient), ("57000", .transient), ("XX001", .other),
            ("XX002", .other), ("P0001", .data), ("44000", .data), ("0A000", .other), ("28000", .other),
        ] as [(String, PostgresError.Kind)])
    func everySQLStateHasAKind(_ state: String, kind: PostgresError.Kind) throws {
        let error = #expect(throws: PostgresError.self) {
            try connect().run(script: "DO $$BEGIN RAISE 'odd' USING ERRCODE = '\(state)'; END$$")
        }
        #expect(error?.sqlState == state)
        #expect(error?.kind == kind)
    }

    @Test func aStatementOnATerminatedConnectionReportsItLost() throws {
        let victim = try connect()
        let killer = try connect()
        try terminate(victim, by: killer)
        let error = #expect(throws: PostgresError.self) { _ = try victim.run("SELECT 1") }
        #expect(error?.kind == .connectionLost)
    }

    @Test func aTerminatedStatementReportsALostConnection() throws {
        let connection = try connect()
        let error = #expect(throws: PostgresError.self) {
            _ = try connection.run("SELECT pg_terminate_backend(pg_backend_pid())")
        }
        #expect(error?.kind == .connectionLost)
    }

    @Test func aMissingDatabaseIsAPermanentError() throws {
        let server = try TemporaryPostgres.shared().conninfo(database: "nowhere")
        let error = #expect(throws: PostgresError.self) { _ = try Connection(server) }
        #expect(error?.sqlState == "3D000")
        #expect(error?.kind == .schema)
        #expect(error?.message.contains("\n") == false)
    }

    @Test func aFullServerIsTransient() throws {
        let server = try TemporaryPostgres.shared()
        let name = try server.createDatabase()
        try connect().run(script: "CREATE ROLE crowd LOGIN CONNECTION LIMIT 0")
        let error = #expect(throws: PostgresError.self) {
            _ = try Connection(name.replacing("user=postgres", with: "user=crowd"))
        }
        #expect(error?.sqlState == "53300")
        #expect(error?.kind == .transient)
    }

    @Test func aWrongPasswordIsPermanentAndNotShown() throws {
        let server = try TemporaryPostgres()
        try server.useAuthentication("scram-sha-256")
        let canary = "hunter2-canary"
        let error = #expect(throws: PostgresError.self) {
            _ = try Connection(server.conninfo() + " password=\(canary)")
        }
        #expect(error?.sqlState == "28P01")
        #expect(error?.kind == .other)
        #expect(error.map { "\($0)".contains(canary) } == false)
    }

    @Test func aStoppedServerCanBeReachedAgain() throws {
        let server = try TemporaryPostgres()
        let connection = try Connection(server.conninfo())
        try connection.run(script: "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)")
        try server.stop(.immediate)
        let lost = #expect(throws: PostgresError.self) { _ = try connection.run("SELECT 1") }
        let absent = #expect(throws: PostgresError.self) { _ = try Connection(server.conninfo()) }
        for error in [lost, absent] {
            #expect(error?.kind == .connectionLost, "\(String(describing: error))")
        }
        try server.start()
        let another = try Connection(server.conninfo())
        #expect(try another.run("SELECT count(*) FROM kept")[0, 0] == "1")
    }

    @Test func aServerThatNeverAnswersTimesOut() throws {
        let silent = try SilentServer()
        let start = ContinuousClock.now
        let error = #expect(throws: PostgresError.self) {
            _ = try Connection("host=127.0.0.1 port=\(silent.port) dbname=x", timeout: .milliseconds(200))
        }
        #expect(error?.kind == .connectionLost)
        #expect((.milliseconds(190) ... .seconds(5)).contains(.now - start))
    }

    private func terminate(_ victim: borrowing Connection, by killer: borrowing Connection) throws {
        let pid = try victim.run("SELECT pg_backend_pid()")[0, 0]
        _ = try killer.run("SELECT pg_terminate_backend($1)", [Parameter(pid)])
        #expect(
            try eventually {
                try killer.run("SELECT FROM pg_stat_activity WHERE pid = $1", [Parameter(pid)]).count == 0
            })
    }
}
