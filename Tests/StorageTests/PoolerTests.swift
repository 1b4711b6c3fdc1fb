import DatabaseFixtures
import TestSupport
import Testing

/// pm-store through PgBouncer in transaction mode, where each transaction may use another server connection.
@Suite(
    .enabled(
        if: TemporaryPostgres.isInstalled && TemporaryPgBouncer.isInstalled, "PgBouncer is not installed"))
struct PoolerTests {
    @Test func storesEveryLineWhileServerConnectionsChange() throws {
        let server = try TemporaryPostgres.shared()
        let database = try TestDatabase(.postgres, on: server)
        let pooler = try TemporaryPgBouncer(before: server)
        let child = try database.start(at: database.url(through: pooler), input: .pipe, output: .pipe)
        for number in 1...30 {
            let lines = [Line.trade("t\(number)"), Line.mark(number)]
            try child.write(lines.asLines)
            for line in lines { #expect(try child.line() == line) }
            if number.isMultiple(of: 10) { try pooler.replaceServerConnections() }
        }
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(child.errors == "")
        #expect(try database.value("SELECT count(*) FROM trades") == "30")
        #expect(try database.rows("SELECT seq FROM cursors") == ["30"])
    }

    @Test func severalWritersShareOneServerConnection() throws {
        let server = try TemporaryPostgres.shared()
        let database = try TestDatabase(.postgres, on: server)
        let pooler = try TemporaryPgBouncer(before: server, serverConnections: 1)
        let children = try (0..<4).map { writer in
            let lines =
                (1...200).map { Line.trade("w\(writer)t\($0)") } + [
                    Line.mark(200, stream: "s\(writer)")
                ]
            return try database.start(
                ["--max-batch", "20"], at: database.url(through: pooler), input: .text(lines.asLines))
        }
        for child in children { #expect(try child.wait() == .status(0), "\(child.errors)") }
        #expect(try database.value("SELECT count(*) FROM trades") == "800")
        #expect(try database.value("SELECT count(*) FROM cursors") == "4")
    }

    @Test func aStoppedPoolerIsWaitedFor() throws {
        let server = try TemporaryPostgres.shared()
        let database = try TestDatabase(.postgres, on: server)
        let pooler = try TemporaryPgBouncer(before: server)
        let url = database.url(through: pooler)
        let child = try database.start(["--pass-after", "100ms"], at: url, input: .pipe, output: .pipe)
        try child.write(Line.trade("a") + "\n")
        #expect(try child.line() == Line.trade("a"))
        try pooler.stop()
        try child.write(Line.trade("b") + "\n")
        #expect(try child.line() == Line.trade("b"))
        try pooler.start()
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.rows("SELECT id FROM trades ORDER BY id") == ["a", "b"])
        expectOneOutageLogged(child)
    }

    @Test func rejectsFencesAndRunsSubcommandsAsWithoutAPooler() throws {
        let server = try TemporaryPostgres.shared()
        let database = try TestDatabase(.postgres, on: server)
        let pooler = try TemporaryPgBouncer(before: server, serverConnections: 1)
        let url = database.url(through: pooler)
        try database.makeStore().open()
        try database.rejectTrades(where: "price = 0.99")
        let trades = (0..<100).map { Line.trade("t\($0)", price: $0 == 57 ? "0.99" : "0.5") }
        let child = try database.start(at: url, input: .text((trades + [Line.mark(100)]).asLines))
        #expect(try child.wait() == .status(0))
        #expect(try database.value("SELECT count(*) FROM trades") == "99")

        let first = try database.start(at: url, input: .pipe, output: .pipe)
        try first.write(Line.mark(101) + "\n")
        #expect(try first.line() == Line.mark(101))
        let second = try database.start(at: url, input: .text(Line.mark(102) + "\n"))
        #expect(try second.wait() == .status(0))
        try first.write(Line.mark(103) + "\n")
        #expect(try first.wait() == .status(78))
        #expect(first.errors.contains("taken over stream s") == true)

        let outputs = try [
            ["cursor"], ["export"], ["pending"], ["gaps", "--all"], ["check"],
            ["prune", "--older-than", "1d"],
        ].map { arguments in
            let command = try database.start(arguments, at: url, input: .none)
            #expect(try command.wait() == .status(0), "\(arguments): \(command.errors)")
            return command.output
        }
        #expect(outputs[0].contains(#""seq":102"#) == true)
        #expect(outputs[1].split(separator: "\n").count == 99)
        #expect(outputs[4].contains("up to date") == true)
    }
}
