import DatabaseFixtures
import Glibc
import TestSupport
import Testing

/// The ways in which libpq finds its server and its password.
@Suite(.enabled(if: TemporaryPostgres.isInstalled, "PostgreSQL's server is not installed"))
struct ServerLocationTests {
    @Test func readsThePasswordFile() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        let directory = try TemporaryDirectory()
        try database.execute("ALTER ROLE postgres PASSWORD 'hunter2'")
        try server.useAuthentication("scram-sha-256")
        for (password, status) in [("hunter2", CInt(0)), ("hunter3", 78)] {
            let file = try directory.write("*:*:*:postgres:\(password)\n", to: "pgpass")
            chmod(file, 0o600)
            let child = try database.start(
                environment: ["PGPASSFILE": file], input: .text(Line.trade("a") + "\n"))
            #expect(try child.wait() == .status(status), "\(child.errors)")
            #expect(child.errors.contains("hunter") == false)
        }
    }

    @Test func readsAServiceFile() throws {
        let server = try TemporaryPostgres.shared()
        let database = try TestDatabase(.postgres, on: server)
        let directory = try TemporaryDirectory()
        let service = "[mine]\n" + database.url.split(separator: " ").joined(separator: "\n") + "\n"
        let file = try directory.write(service, to: "services")
        let child = try database.start(
            at: "service=mine", environment: ["PGSERVICEFILE": file], input: .text(Line.trade("a") + "\n"))
        #expect(try child.wait() == .status(0), "\(child.errors)")
        #expect(try database.rows("SELECT id FROM trades") == ["a"])
    }

    @Test func readsTheVariablesOfLibpq() throws {
        let server = try TemporaryPostgres.shared()
        let database = try TestDatabase(.postgres, on: server)
        let name = database.url.split(separator: "=").last.map(String.init)
        let child = try database.start(
            at: "postgresql://",
            environment: ["PGHOST": server.socketDirectory, "PGUSER": "postgres", "PGDATABASE": name],
            input: .text(Line.trade("a") + "\n"))
        #expect(try child.wait() == .status(0), "\(child.errors)")
        #expect(try database.rows("SELECT id FROM trades") == ["a"])
    }
}
