import Foundation
import PMFlow
import Testing

/// Two ledgers over one file: what two processes have.
struct SharedLimiterTests {
    private let path = NSTemporaryDirectory() + "pm-ledger-\(UUID().uuidString)"
    private let start = ContinuousClock.now

    private func ledger() -> SharedLimiter {
        SharedLimiter(published: 100, in: LimiterFile(path)!, at: start)
    }

    @Test func bothTogetherSendWhatOneMight() {
        defer { unlink(path) }
        var pair = [ledger(), ledger()]
        var alone = AdaptiveLimiter(published: 100, at: start)
        var sent = (together: 0, alone: 0)
        for step in 0..<2000 {
            let now = start + .milliseconds(step * 5)
            if let pass = pair[step % 2].admit(at: now) {
                pair[step % 2].settle(pass, .served, at: now)
                sent.together += 1
            }
            if let pass = alone.admit(at: now) {
                alone.settle(pass, .served, at: now)
                sent.alone += 1
            }
        }
        #expect(sent.together == sent.alone)
    }

    @Test func aRefusalClosesTheGateForBothAndOneProbeGoes() {
        defer { unlink(path) }
        var (one, other) = (ledger(), ledger())
        let pass = one.admit(at: start)!
        one.settle(pass, .refused(retryAfter: .seconds(2)), at: start)
        #expect(other.admit(at: start + .seconds(1)) == nil)
        #expect(other.isClosed(at: start + .seconds(1)))
        let probe = other.admit(at: start + .seconds(3))!
        #expect(one.admit(at: start + .seconds(3)) == nil)
        other.settle(probe, .served, at: start + .seconds(3))
        #expect(one.admit(at: start + .seconds(14)) != nil)
        #expect(!one.isClosed(at: start + .seconds(14)))
    }

    @Test func theProbeOfAProcessThatDiedIsLostAfterAWhile() {
        defer { unlink(path) }
        var (one, other) = (ledger(), ledger())
        let pass = one.admit(at: start)!
        one.settle(pass, .refused(retryAfter: .seconds(1)), at: start)
        _ = one.admit(at: start + .seconds(2))!  // and never a word of it again
        #expect(other.admit(at: start + .seconds(10)) == nil)
        #expect(other.admit(at: start + .seconds(18)) == nil)  // it counts as refused
        #expect(other.admit(at: start + .seconds(30)) != nil)
    }

    @Test func aRestartGoesOnWhereTheLastRunStopped() {
        defer { unlink(path) }
        do {
            var ledger = ledger()
            for step in 0..<200 {
                let now = start + .milliseconds(step * 10)
                if let pass = ledger.admit(at: now) { ledger.settle(pass, .served, at: now) }
            }
        }
        var next = ledger()
        #expect(next.admit(at: start + .seconds(3)) != nil)
        #expect(next.memory.quota > 50)
    }

    /// Times then count from another beginning; what was learned stays.
    @Test func afterARestartOfTheMachineNothingIsHeldAgainstAnybody() {
        defer { unlink(path) }
        var before = ledger()
        for step in 0..<50 {
            let now = start + .seconds(100_000) + .milliseconds(step * 10)
            if let pass = before.admit(at: now) { before.settle(pass, .served, at: now) }
        }
        let last = before.admit(at: start + .seconds(100_010))!
        before.settle(last, .refused(retryAfter: .seconds(200)), at: start + .seconds(100_010))
        var after = ledger()
        #expect(after.admit(at: start) != nil)
        #expect(after.memory == before.memory)
    }

    /// What it learns it keeps, though the file says otherwise.
    @Test func whoCannotWriteGoesByItsOwn() throws {
        defer { unlink(path) }
        var ledger = ledger()
        ledger.settle(ledger.admit(at: start)!, .served, at: start)
        // From here on the ledger's own descriptor is one for reading.
        let reading = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(reading) }
        let descriptors = 0..<1024 as Range<CInt>
        let writing = try #require(descriptors.first { $0 != reading && isSameFile($0, reading) })
        try #require(dup2(reading, writing) == writing)
        let last = ledger.admit(at: start + .seconds(20))!
        ledger.settle(last, .refused(retryAfter: .seconds(30)), at: start + .seconds(20))
        #expect(ledger.admit(at: start + .seconds(49)) == nil)
    }

    @Test func whoIsStoppedWhileItHoldsTheLockStopsNobodyElse() {
        defer { unlink(path) }
        var ledger = ledger()
        let holder = open(path, O_RDWR)
        flock(holder, LOCK_EX)
        #expect(ledger.admit(at: start) != nil)
        #expect(ledger.wait(at: start) == .zero)
        close(holder)
        #expect(ledger.admit(at: start + .seconds(2)) != nil)
    }

    /// How many numbers there are between the head and the last one. What a longer edition has left stands behind.
    private static func count(in bytes: Data) -> Int {
        Int(bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: Double.self) })
    }

    /// Its first number is the version, its second and its last the edition.
    @Test(arguments: ["", "torn", "older", "absurd", "noise"])
    func aFileThatCannotBeBelievedDoesNoHarm(damage: String) throws {
        defer { unlink(path) }
        var first = ledger()
        for step in 0..<100 {
            let now = start + .milliseconds(step * 10)
            if let pass = first.admit(at: now) { first.settle(pass, .served, at: now) }
        }
        let learned = first.memory.quota
        var bytes = try Data(contentsOf: URL(filePath: path))
        switch damage {
        case "torn": bytes[8 * (3 + Self.count(in: bytes))] ^= 1
        case "older": bytes[7] = 0x11
        case "absurd": bytes.replaceSubrange(32..<40, with: withUnsafeBytes(of: Double.infinity) { Data($0) })
        case "noise": bytes = Data((0..<bytes.count).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        default: bytes = Data()
        }
        try bytes.write(to: URL(filePath: path))
        var second = ledger()
        _ = second.wait(at: start + .seconds(2))
        if damage == "torn" {
            #expect(second.memory.quota == learned)
            #expect(second.admit(at: start + .seconds(2)) == nil)  // what was sent of late is not known
            #expect(second.admit(at: start + .seconds(13)) != nil)
        } else {
            #expect(second.admit(at: start + .seconds(2)) != nil)
        }
    }
}

private func isSameFile(_ one: CInt, _ other: CInt) -> Bool {
    var (first, second) = (stat(), stat())
    return fstat(one, &first) == 0 && fstat(other, &second) == 0
        && (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)
}
