import Glibc
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TemporaryPostgres.isInstalled, "PostgreSQL's server is not installed"))
struct ConnectionTests {
    @Test func connectsWithANameAndUTF8() throws {
        let connection = try connect()
        let rows = try connection.run(
            "SELECT current_setting('application_name'), current_setting('client_encoding'), $1", ["naïve €"])
        #expect(rows.count == 1)
        #expect(rows[0, 0]?.isEmpty == false)
        #expect(rows[0, 1] == "UTF8")
        #expect(rows[0, 2] == "naïve €")
    }

    @Test func keepsAGivenApplicationName() throws {
        let connection = try Connection(TemporaryPostgres.shared().conninfo() + " application_name=pm-store")
        #expect(try connection.run("SHOW application_name")[0, 0] == "pm-store")
    }

    @Test func distinguishesNullFromEmpty() throws {
        let rows = try connect().run(
            "SELECT $1::text AS a, $2::text AS b, $3::bytea AS c", [nil, "", .bytes([])])
        #expect(rows.columns == ["a", "b", "c"])
        #expect(rows[0, 0] == nil)
        #expect(rows[0, 1] == "")
        #expect(rows[0, 2] == "\\x")
        #expect(rows.withBytes(0, 1) { $0?.count } == 0)
        #expect(rows.withBytes(0, 0) { $0 == nil })
    }

    @Test func numbersKeepSeventySevenDigits() throws {
        let digits = String(repeating: "1234567", count: 11)
        let rows = try connect().run("SELECT $1::numeric, $2::numeric + 1", [.text(digits), .text(digits)])
        #expect(rows[0, 0] == digits)
        #expect(rows[0, 1] == digits.dropLast() + "8")
    }

    @Test func mixesTextsAndBytes() throws {
        let rows = try connect().run(
            "SELECT $1::text || $2::text || $3::text || $4::text",
            ["a", .bytes(Array("b".utf8), as: .text), "c", .bytes(Array("d".utf8), as: .text)])
        #expect(rows[0, 0] == "abcd")
    }

    @Test func sendsAMegabyteOfJSONAsOneParameter() throws {
        let connection = try connect()
        try connection.run(script: "CREATE TEMP TABLE t (id text COLLATE \"C\" PRIMARY KEY, size numeric)")
        let filler = String(repeating: "x", count: 700)
        let lines = (0..<1500).map { #"{"id":"\#($0)","size":"0.\#($0)","title":"\#(filler)"}"# }
        let json = Array("[\(lines.joined(separator: ","))]".utf8)
        #expect(json.count > 1 << 20)
        try connection.prepare(
            "store",
            """
            INSERT INTO t SELECT id, size FROM json_to_recordset($1) AS r(id text, size numeric)
            ON CONFLICT DO NOTHING
            """)
        let inserted = try connection.execute(prepared: "store", [.bytes(json)]).affectedRows
        let repeated = try connection.execute(prepared: "store", [.bytes(json)]).affectedRows
        let unprepared = try connection.run("SELECT json_array_length($1)", [.bytes(json)])
        #expect((inserted, repeated) == (1500, 0))
        #expect(unprepared[0, 0] == "1500")
        #expect(try connection.run("SELECT size FROM t WHERE id = '1499'")[0, 0] == "0.1499")
    }

    @Test func noticesAreNotPrinted() throws {
        let connection = try connect()
        let (saved, scratch) = (dup(2), try TemporaryDirectory())
        let file = open(scratch.file("stderr"), O_RDWR | O_CREAT, 0o600)
        dup2(file, 2)
        defer {
            dup2(saved, 2)
            close(saved)
            close(file)
        }
        try connection.run(script: "DROP TABLE IF EXISTS no_such_table")
        #expect(try !scratch.read("stderr").contains("no_such_table"))
    }
}

func connect() throws -> Connection {
    try Connection(TemporaryPostgres.shared().conninfo())
}
