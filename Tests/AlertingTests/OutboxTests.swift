import AlertFixtures
import Glibc
import PMJSON
import TestSupport
import Testing

struct OutboxTests {
    private let directory = try! TemporaryDirectory()
    private var outbox: [String] { ["--ledger", directory.file("ledger.ndjson")] }

    private func fill(_ number: Int) -> TradeLine {
        TradeLine.make {
            $0.id = "\(number)"
            $0.seq = number
            $0.transaction = "0x\(number)"
        }
    }

    private func mark(_ seq: Int) -> String {
        #"{"kind":"mark","stream":"s1","seq":\#(seq),"time":"2026-11-22T10:00:00.000Z"}"# + "\n"
    }

    private var cursor: Int? {
        guard let process = try? AlertProcess.run("cursor", outbox, in: directory, usesDatabase: false),
            let line = process.output.split(separator: "\n").first
        else { return nil }
        return try? JSON(String(line))["seq"]?.integer
    }

    @Test func aMarkIsPassedOnceEveryEarlierAlertIsInTheOutbox() throws {
        let receiver = HTTPStub { _ in .hang }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let stage = try AlertProcess(outbox + ["--wait", "1h"], in: directory)
        try stage.process.write(fill(1).line + mark(1))
        // A hanging receiver does not delay the mark.
        #expect(eventually { cursor == 1 })
        var held = fill(2)
        held.enrichment = "pending"
        try stage.process.write(held.line + mark(2) + fill(3).line)
        #expect(eventually { (try? directory.read("ledger.ndjson").contains("0x3")) == true })
        #expect(cursor == 1)
        try stage.process.write(held.enriched.line)
        #expect(eventually { cursor == 2 })
    }

    @Test func theNextProcessDeliversWhatAKilledOneLeft() throws {
        let isOpen = Flag()
        let receiver = HTTPStub { _ in isOpen.isSet ? .reply(200) : .reply(500) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let first = try AlertProcess(outbox, in: directory)
        for number in 1...5 { try first.process.write(fill(number).line) }
        try first.process.write(mark(5))
        #expect(eventually { cursor == 5 })
        first.process.kill(SIGKILL)
        try first.process.wait()
        isOpen.set()
        let failed = receiver.requests.count
        let second = try AlertProcess(outbox, in: directory)
        #expect(eventually { receiver.requests.count == failed + 5 })
        // A delivered alert is not delivered again when its trade comes again.
        for number in 1...5 { try second.process.write(fill(number).line) }
        #expect(try second.finish() == .status(0))
        #expect(receiver.requests.count == failed + 5)
        let ids = receiver.requests.dropFirst(failed).map { $0.headers["webhook-id"] }
        #expect(Set(ids).count == 5)
        #expect(second.alerts.count { $0.outcome == "delivered" } == 5)
    }

    @Test(arguments: [("resend", 2), ("skip", 1)])
    func anAlertInDoubtIsMarkedOrSkipped(choice: String, requests: Int) throws {
        let receiver = HTTPStub { $0.index == 0 ? .hang : .reply(200) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let first = try AlertProcess(outbox, in: directory)
        try first.process.write(fill(1).line)
        #expect(eventually { receiver.requests.count == 1 })
        first.process.kill(SIGKILL)
        try first.process.wait()
        let second = try AlertProcess(outbox + ["--in-doubt", choice], in: directory)
        #expect(eventually { second.alerts.count == 1 })
        #expect(try second.finish() == .status(0))
        #expect(receiver.requests.count == requests)
        #expect(second.alerts.first?.outcome == (choice == "skip" ? "dead" : "delivered"))
        if choice == "resend" {
            let bodies = try receiver.requests.map { try JSON($0.body) }
            #expect(bodies[0]["redelivery"] == nil)
            #expect(bodies[1]["redelivery"]?.bool == true)
            #expect(
                receiver.requests[0].headers["webhook-id"] == receiver.requests[1].headers["webhook-id"])
        }
    }

    @Test func oldAlertsAreDeliveredInADigest() throws {
        let receiver = HTTPStub { _ in .reply(200, body: #"{"id":"1"}"#) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--discord-file", in: directory)
        let stage = try AlertProcess(outbox, in: directory)
        for number in 1...41 {
            try stage.process.write(
                TradeLine.make {
                    $0.id = "\(number)"
                    $0.transaction = "0x\(number)"
                    $0.via = "live"
                    $0.time = "2026-01-01T10:\(number + 10):00.000Z"
                }.line)
        }
        #expect(eventually { stage.alerts.count == 41 })
        #expect(stage.alerts.allSatisfy { $0.outcome == "folded" })
        #expect(receiver.requests.count == 1)
        let embed = try JSON(receiver.requests[0].body)["embeds"]?.array?.first
        #expect(embed?["title"]?.string == "41 alerts were delayed")
        #expect(
            embed?["description"]?.string?.contains("$774,900 from 10\\:11 to 10\\:51 UTC on 2026\\-01\\-01")
                == true)
    }

    @Test func deadLettersCanBeRedelivered() throws {
        let isOpen = Flag()
        let receiver = HTTPStub { _ in isOpen.isSet ? .reply(200) : .reply(400) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let letters = directory.file("dead.ndjson")
        let first = try AlertProcess(outbox + ["--dead-letters", letters], in: directory)
        try first.process.write(fill(1).line)
        #expect(eventually { first.alerts.first?.outcome == "dead" })
        #expect(try first.finish() == .status(0))
        isOpen.set()
        let second = try AlertProcess(outbox + ["--redeliver"], in: directory)
        try second.process.write(directory.read("dead.ndjson"))
        #expect(try second.finish() == .status(0))
        #expect(second.alerts.map(\.outcome) == ["delivered"])
        #expect(receiver.requests.count == 2)
    }

    @Test func redeliveredLettersAreNoDigest() throws {
        let isOpen = Flag()
        let receiver = HTTPStub { _ in isOpen.isSet ? .reply(200) : .reply(400) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let letters = directory.file("dead.ndjson")
        let first = try AlertProcess(["--dead-letters", letters, "--max-age", "10000d"], in: directory)
        for number in 1...3 {
            var old = fill(number)
            (old.via, old.time) = ("live", "2026-01-01T10:00:00.000Z")
            try first.process.write(old.line)
        }
        #expect(try first.finish() == .status(0))
        isOpen.set()
        let second = try AlertProcess(["--redeliver"], in: directory)
        try second.process.write(directory.read("dead.ndjson"))
        #expect(try second.finish() == .status(0))
        #expect(second.alerts.map(\.outcome) == ["delivered", "delivered", "delivered"])
    }

    /// A trade nested as deeply as a line may be: a further level around it would be too deep for readers.
    @Test func aTradeOfTheGreatestDepthIsDeliveredOnce() throws {
        let receiver = HTTPStub()
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        var deep = fill(1)
        deep.extra = [("extra", String(repeating: "[", count: 63) + String(repeating: "]", count: 63))]
        for _ in 1...2 {
            let stage = try AlertProcess(outbox, in: directory)
            try stage.process.write(deep.line)
            #expect(try stage.finish() == .status(0))
            #expect(!stage.process.errors.contains("damaged"), "\(stage.process.errors)")
        }
        #expect(receiver.requests.count == 1)
    }

    @Test(arguments: [
        ("{\"entry\":\"alert\",\"id\"", "the last entry is incomplete"),
        ("{\"entry\":\"alert\",\"id\"\n", "1 entries are damaged"),
    ])
    func linesThatAreNoEntriesAreLogged(content: String, message: String) throws {
        try directory.write(content, to: "ledger.ndjson")
        let stage = try AlertProcess(outbox, in: directory)
        #expect(try stage.finish() == .status(0))
        #expect(stage.process.errors.contains(message), "\(stage.process.errors)")
    }

    /// Without subscribers, and with a reader that has read nothing before the process is killed.
    @Test func theNextProcessWritesTheRecordsThatAKilledOneLeft() throws {
        let first = try ChildProcess(
            Executables.path("pm-alert"),
            ["--database", AlertProcess.database(directory), "--burst", "0s"] + outbox, input: .pipe,
            output: .pipe)
        let last = 400
        for number in 1...last { try first.write(fill(number).line + mark(number)) }
        #expect(eventually { cursor == last })
        first.kill(SIGKILL)
        try first.wait()
        var before: [JSON] = []
        while let line = try first.line() { if let alert = try? JSON(line) { before.append(alert) } }
        #expect(before.count < last)
        let second = try AlertProcess(outbox, in: directory)
        for number in (cursor ?? 0) + 1..<last + 1 { try second.process.write(fill(number).line) }
        #expect(try second.finish() == .status(0))
        let written = (before + second.alerts).compactMap { $0["trade_id"]?.string }
        #expect(Set(written) == Set((1...last).map(String.init)))
        // Written records are not written again.
        let third = try AlertProcess(outbox, in: directory)
        #expect(try third.finish() == .status(0))
        #expect(third.alerts.isEmpty)
    }

    @Test func theMessagesIDSurvivesARestart() throws {
        let receiver = HTTPStub { _ in .reply(200, body: #"{"id":"77"}"#) }
        try AlertProcess.subscribe("ada", to: receiver.url("/w"), as: "--discord-file", in: directory)
        // Two restarts, so that the outbox is compacted in between.
        let trades = (1...3).map { number in
            TradeLine.make {
                $0.id = "\(number)"
                $0.transaction = "0x\(number)"
                $0.time = "2026-11-22T10:00:0\(number).000Z"
            }
        }
        for trade in trades {
            let stage = try AlertProcess(outbox + ["--burst", "30s"], in: directory)
            try stage.process.write(trade.line)
            #expect(eventually { stage.alerts.first?.outcome == "delivered" })
            stage.process.kill(SIGKILL)
            try stage.process.wait()
        }
        #expect(receiver.requests.map(\.method) == ["POST", "PATCH", "PATCH"])
        #expect(receiver.requests.last?.path == "/w/messages/77")
        #expect(receiver.requests.last?.body.contains("in 3 trades") == true)
    }

    @Test func aRateLimitSurvivesARestart() throws {
        let receiver = HTTPStub {
            $0.index == 0 ? .reply(429, headers: [("Retry-After", "2")]) : .reply(200)
        }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let first = try AlertProcess(outbox, in: directory)
        try first.process.write(fill(1).line)
        #expect(eventually { (try? directory.read("ledger.ndjson").contains(#""limited""#)) == true })
        first.process.kill(SIGKILL)
        try first.process.wait()
        let second = try AlertProcess(outbox, in: directory)
        #expect(eventually { second.alerts.first?.outcome == "delivered" })
        let times = receiver.requests.map(\.receivedAt)
        #expect(times.count == 2 && times[0].duration(to: times[1]) >= .seconds(2))
    }

    @Test func onlyOneProcessUsesAnOutbox() throws {
        let first = try AlertProcess(outbox, in: directory)
        #expect(eventually { first.process.errors.contains("no subscribers") })
        let second = try AlertProcess(outbox, in: directory)
        #expect(try second.process.wait() == .status(75))
        #expect(second.process.errors.contains("another pm-alert"))
    }

    /// After each kill, the input starts again after the cursor.
    @Test(arguments: [1, 2, 3])
    func noAlertIsLostWhenProcessesAreKilledAtRandom(seed: UInt64) throws {
        var chance = SplitMix(seed)
        let receiver = HTTPStub { request in
            (request.body.hashValue &+ request.index) % 5 == 0 ? .reply(503) : .reply(200)
        }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let last = 60
        for round in 0..<6 {
            let stage = try AlertProcess(outbox + ["--drain", "60s"], in: directory)
            let start = (cursor ?? 0) + 1
            for number in start...max(start, last) where number <= last {
                guard (try? stage.process.write(fill(number).line + mark(number))) != nil else { break }
                if round < 5, chance.next() % 25 == 0 { break }
            }
            if round == 5 {
                #expect(try stage.finish() == .status(0))
            } else {
                usleep(UInt32(chance.next() % 120_000))  // a random time is the subject
                stage.process.kill(SIGKILL)
                try stage.process.wait()
            }
        }
        let delivered = Set(
            receiver.requests.compactMap { try? JSON($0.body)["data"]?["trade_id"]?.string })
        #expect(delivered == Set((1...last).map(String.init)))
        #expect(cursor == last)
    }
}

private struct SplitMix {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}
