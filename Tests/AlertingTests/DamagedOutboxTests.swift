import AlertFixtures
import Glibc
import PMFlow
import PMJSON
import TestSupport
import Testing

/// The outbox when a disk, a file system or a person has changed it.
struct DamagedOutboxTests {
    private let directory = try! TemporaryDirectory()
    private var outbox: [String] { ["--ledger", directory.file("ledger")] }

    private func trade(_ number: Int) -> String {
        TradeLine.make {
            $0.id = "\(number)"
            $0.seq = number
            $0.transaction = "0x\(number)"
        }.line + #"{"kind":"mark","stream":"s","seq":\#(number),"time":"2026-11-22T10:00:00.000Z"}"# + "\n"
    }

    private func number(of request: HTTPStub.Request) -> Int? {
        (try? JSON(request.body))?["data"]?["trade_id"]?.string.flatMap { Int($0) }
    }

    private var cursor: Int {
        let process = try? AlertProcess.run("cursor", outbox, in: directory, usesDatabase: false)
        return process?.output.split(separator: "\n").first.flatMap { try? JSON(String($0)) }?["seq"]?.integer
            ?? 0
    }

    /// Bytes anywhere in the file change while no process runs. The input starts again after the cursor, as the journal
    /// does.
    @Test(arguments: 1...6)
    func changedBytesLoseNoAlertAndRepeatNoneUnmarked(seed: UInt64) throws {
        var chance = SplitMix64(seed: seed)
        let isOpen = Flag()
        let receiver = HTTPStub { isOpen.isSet || $0.index < 40 ? .reply(200) : .reply(500) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let last = 87
        let first = try AlertProcess(outbox, in: directory)
        for number in 1...last { try first.process.write(trade(number)) }
        #expect(eventually { cursor == last && receiver.requests.count > 40 })
        first.process.kill(SIGKILL)
        try first.process.wait()
        let before = receiver.requests.prefix(40).compactMap(number)

        var bytes = Array(try directory.read("ledger").utf8)
        for _ in 0..<60 { bytes[Int(chance.next() % UInt64(bytes.count))] ^= 1 << UInt8(chance.next() % 7) }
        try directory.write(String(decoding: bytes, as: UTF8.self), to: "ledger")
        isOpen.set()
        let resumed = cursor
        #expect(resumed < last)
        let second = try AlertProcess(outbox, in: directory)
        for number in resumed + 1...last { try second.process.write(trade(number)) }
        #expect(try second.finish() == .status(0))
        #expect(second.process.errors.contains("entries are damaged"))
        let later = receiver.requests.dropFirst(41).filter { (try? JSON($0.body)) != nil }
        #expect(Set(before + later.compactMap(number)) == Set(1...last), "seed \(seed)")
        for request in later where before.contains(number(of: request)!) {
            #expect(request.body.contains(#""redelivery":true"#), "seed \(seed): \(request.body)")
        }
        // The outbox is sound again.
        let third = try AlertProcess(outbox, in: directory)
        #expect(try third.finish() == .status(0))
        #expect(!third.process.errors.contains("damaged"))
        #expect(cursor == last)
    }

    @Test func anOutboxOfAnEarlierVersionIsReadAndGetsChecksums() throws {
        let receiver = HTTPStub()
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let first = try AlertProcess(outbox, in: directory)
        for number in 1...5 { try first.process.write(trade(number)) }
        #expect(try first.finish() == .status(0))
        let lines = try directory.read("ledger")
        let old = lines.replacing(/,"checksum":"[0-9a-f]{16}"/, with: "")
        #expect(old != lines)
        try directory.write(old, to: "ledger")
        let second = try AlertProcess(outbox, in: directory)
        for number in 1...5 { try second.process.write(trade(number)) }
        #expect(try second.finish() == .status(0))
        #expect(receiver.requests.count == 5)
        #expect(!second.process.errors.contains("damaged"))
        #expect(
            try directory.read("ledger").split(separator: "\n").allSatisfy { $0.contains(#","checksum":""#) })
    }

    @Test func aDeletedOutboxIsWrittenAgain() throws {
        let receiver = HTTPStub()
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let first = try AlertProcess(outbox, in: directory)
        for number in 1...3 { try first.process.write(trade(number)) }
        #expect(eventually { first.alerts.count == 3 })
        unlink(directory.file("ledger"))
        #expect(eventually { first.process.errors.contains("was deleted; writing it again") })
        #expect(eventually { cursor == 3 })
        first.process.kill(SIGKILL)
        try first.process.wait()
        let second = try AlertProcess(outbox, in: directory)
        for number in 1...3 { try second.process.write(trade(number)) }
        #expect(try second.finish() == .status(0))
        #expect(receiver.requests.count == 3)
    }

    @Test func anotherFileInTheOutboxsPlaceIsNotOverwritten() throws {
        let stage = try AlertProcess(outbox, in: directory)
        #expect(eventually { stage.process.errors.contains("no subscribers") })
        try directory.write("somebody else's\n", to: "other")
        rename(directory.file("other"), directory.file("ledger"))
        #expect(try stage.process.wait() == .status(74))
        #expect(stage.process.errors.contains("another file has taken the place of outbox"))
        #expect(try directory.read("ledger") == "somebody else's\n")
    }

    /// A record that was emitted as pending is not emitted again by every process that finds its alert open.
    @Test func aPendingRecordIsEmittedOnce() throws {
        let receiver = HTTPStub { _ in .reply(500) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let first = try AlertProcess(outbox + ["--drain", "0s"], in: directory)
        for number in 1...5 { try first.process.write(trade(number)) }
        #expect(try first.finish() == .status(0))
        #expect(first.alerts.map(\.outcome) == Array(repeating: "pending", count: 5))
        for _ in 1...2 {
            let next = try AlertProcess(outbox + ["--drain", "0s"], in: directory)
            #expect(try next.finish() == .status(0))
            #expect(next.alerts.isEmpty)
        }
    }
}
