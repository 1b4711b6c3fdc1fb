import Postgres
import Testing

struct ConnectionStringTests {
    static let secret = "hunter2-canary"

    @Test(
        arguments: [
            "postgresql://ann:\(secret)@db.example:5433/trades?sslmode=require",
            "host=db.example port=5433 dbname=trades user=ann password=\(secret)",
            "host=db.example port=5433 dbname=trades user=ann password='\(secret)' sslpassword=\(secret)",
        ])
    func showsEverythingButThePassword(_ text: String) throws {
        let server = try ConnectionString(text, environment: { _ in nil })
        #expect(server.host == "db.example")
        #expect(server.port == "5433")
        #expect(server.database == "trades")
        #expect(server.user == "ann")
        #expect(server.description == "host=db.example port=5433 dbname=trades user=ann")
        var dumped = ""
        dump(server, to: &dumped)
        for shown in ["\(server)", String(reflecting: server), server.redacted, dumped] {
            #expect(!shown.contains(Self.secret))
        }
    }

    @Test(
        arguments: [
            "postgresql://ann:\(secret)@[::1/trades",
            "postgresql://ann:\(secret)@host:port:5/trades",
            "postgresql://ann:x/\(secret)@host/trades",
            "postgresql://ann:\(secret)%zz@host/trades",
            "host=db \(secret)",
            "host=db password='\(secret)",
            "host=db sslmode=\(secret)",
            "host=db port=\(secret)",
            "host=db port=65536",
        ])
    func rejectsWithoutQuoting(_ text: String) {
        let error = #expect(throws: PostgresError.self) { try ConnectionString(text) }
        #expect(error?.kind == .other)
        #expect(error.map { "\($0)".contains(Self.secret) } == false)
    }

    @Test(
        arguments: [
            ("", false),
            ("dbname=trades", false),
            ("host=/run/postgresql", false),
            ("host=@abstract", false),
            ("host=localhost", false),
            ("host=127.0.0.1", false),
            ("host=127.1.2.3", false),
            ("postgresql://[::1]/trades", false),
            ("host=db.example hostaddr=127.0.0.1", false),
            ("host=localhost hostaddr=192.0.2.1", true),
            ("host=db.example", true),
            ("host=192.0.2.1", true),
            ("host=127.0.0.1.example", true),
            ("host=localhost.example", true),
            ("host=/run/postgresql,db.example", true),
            ("postgresql://127.0.0.1,192.0.2.1/trades", true),
        ])
    func recognisesRemoteHosts(_ text: String, isRemote: Bool) throws {
        #expect(try ConnectionString(text, environment: { _ in nil }).isRemote == isRemote)
    }

    @Test func readsTheHostFromTheEnvironment() throws {
        let variables = ["PGHOST": "db.example", "PGUSER": "ann"]
        let server = try ConnectionString("", environment: { variables[$0] })
        #expect(server.isRemote)
        #expect(server.description == "host=db.example port=5432 dbname=ann user=ann")
    }

    @Test(
        arguments: [
            ("host=db.example", nil, "verify-full"),
            ("host=db.example sslmode=require", nil, "require"),
            ("host=db.example", "prefer", nil),
            ("host=localhost", nil, nil),
        ] as [(String, String?, String?)])
    func verifiesARemoteServerByDefault(_ text: String, variable: String?, mode: String?) throws {
        let server = try ConnectionString(text, environment: { $0 == "PGSSLMODE" ? variable : nil })
        #expect(server.sslmode == mode)
    }

    @Test(
        arguments: [
            ("service=x", ["host": "db.example", "sslmode": "prefer"], "verify-full"),
            ("service=x", ["host": "db.example", "sslmode": "require"], nil),
            ("service=x", ["host": "/tmp", "sslmode": "prefer"], nil),
            ("service=x", ["hostaddr": "192.0.2.1", "sslmode": "prefer"], "verify-full"),
            ("service=x sslmode=disable", ["host": "db.example", "sslmode": "prefer"], nil),
            ("host=/tmp", ["host": "db.example", "sslmode": "prefer"], nil),
        ] as [(String, [String: String], String?)])
    func verifiesTheRemoteServerOfAServiceFile(_ text: String, resolved: [String: String], mode: String?)
        throws
    {
        let server = try ConnectionString(text, environment: { _ in nil })
        #expect(server.settings(afterService: resolved)?["sslmode"] == mode)
    }
}
