import AlertFixtures
import Database
import DatabaseFixtures
import Glibc
import PMJSON
import TestSupport
import Testing

/// The table `alerts`, in each kind of database.
struct HistoryTests {
    private let directory = try! TemporaryDirectory()

    private func stage(_ database: TestDatabase, _ more: [String] = []) throws -> ChildProcess {
        try ChildProcess(
            Executables.path("pm-alert"), ["--database", database.url, "--allow-private"] + more, input: .pipe
        )
    }

    private func subscribe(_ receiver: HTTPStub, in database: TestDatabase) throws {
        let secret = try directory.write(receiver.url("/") + "\n", to: "secret")
        let done = try ChildProcess(
            Executables.path("pm-alert"),
            ["subscribe", "--database", database.url, "--name", "ada", "--webhook-file", secret],
            environment: ["PM_ALERT_ALLOW_PRIVATE": "1"])
        #expect(try done.wait() == .status(0), "\(done.errors)")
    }

    @Test(arguments: Backend.available)
    func hasEveryAlertWithItsOutcome(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let receiver = HTTPStub { request in .reply(request.body.contains("reject me") ? 400 : 200) }
        try subscribe(receiver, in: database)
        let stage = try stage(database)
        for (number, title) in ["take me", "reject me"].enumerated() {
            try stage.write(
                TradeLine.make {
                    $0.id = "t\(number)"
                    $0.transaction = "0x\(number)"
                    $0.condition = "0x\(number)"
                    $0.title = title
                }.line)
        }
        stage.closeInput()
        #expect(try stage.wait() == .status(0), "\(stage.errors)")
        #expect(
            try database.rows("SELECT trade_id, rule, subscriber, revision FROM alerts ORDER BY trade_id")
                == [
                    "t0|WHALE_MOVEMENT|ada|0", "t1|WHALE_MOVEMENT|ada|0",
                ])
        let records = try database.rows("SELECT record FROM alerts ORDER BY trade_id").map { try JSON($0) }
        #expect(records.map(\.outcome) == ["delivered", "dead"])
    }

    @Test func isCompletedFromTheOutboxAfterTheDatabaseWasAway() throws {
        let database = try TestDatabase(.sqlite)
        let receiver = HTTPStub()
        try subscribe(receiver, in: database)
        let path = String(database.url.dropFirst("sqlite:".count))
        let outbox = ["--ledger", directory.file("ledger")]
        let first = try stage(database, outbox)
        #expect(eventually { first.errors.contains("subscribers: 1") })
        // A directory in place of the file: writes fail.
        rename(path, path + ".away")
        mkdir(path, 0o755)
        try first.write(TradeLine.make().line)
        #expect(eventually { receiver.requests.count == 1 })
        first.closeInput()
        #expect(try first.wait() == .status(0))
        #expect(first.errors.contains("not stored in the database"))
        rmdir(path)
        rename(path + ".away", path)
        let second = try stage(database, outbox)
        second.closeInput()
        #expect(try second.wait() == .status(0))
        #expect(try database.value("SELECT count(*) FROM alerts") == "1")
        #expect(receiver.requests.count == 1)
    }
}
