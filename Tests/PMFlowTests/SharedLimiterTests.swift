import Foundation
import PMFlow
import Testing

/// Two limiters that share a file, as two processes would.
struct SharedLimiterTests {
    private let path = NSTemporaryDirectory() + "pm-limiter-\(UUID().uuidString)"
    private let start = ContinuousClock.now

    private func limiter() -> SharedLimiter {
        SharedLimiter(published: 100, in: LimiterFile(path)!, at: start)
    }

    @Test func twoProcessesTogetherSendWhatOneMight() {
        defer { unlink(path) }
        var pair = [limiter(), limiter()]
        var alone = AdaptiveLimiter(published: 100, at: start)
        var sent = (together: 0, alone: 0)
        for step in 0..<2000 {
            let now = start + .milliseconds(step * 5)
            if let permit = pair[step % 2].admit(at: now) {
                pair[step % 2].settle(permit, .served, at: now)
                sent.together += 1
            }
            if let permit = alone.admit(at: now) {
                alone.settle(permit, .served, at: now)
                sent.alone += 1
            }
        }
        #expect(sent.together == sent.alone)
    }

    @Test func aRefusalClosesTheGateForBothAndOneSendsTheProbe() {
        defer { unlink(path) }
        var (one, other) = (limiter(), limiter())
        let permit = one.admit(at: start)!
        one.settle(permit, .refused(retryAfter: .seconds(2)), at: start)
        #expect(other.admit(at: start + .seconds(1)) == nil)
        #expect(other.isClosed(at: start + .seconds(1)))
        let probe = other.admit(at: start + .seconds(3))!
        #expect(one.admit(at: start + .seconds(3)) == nil)
        other.settle(probe, .served, at: start + .seconds(3))
        #expect(one.admit(at: start + .seconds(14)) != nil)
        #expect(!one.isClosed(at: start + .seconds(14)))
    }

    @Test func theProbeOfADeadProcessCountsAsRefusedAfterAWhile() {
        defer { unlink(path) }
        var (one, other) = (limiter(), limiter())
        let permit = one.admit(at: start)!
        one.settle(permit, .refused(retryAfter: .seconds(1)), at: start)
        _ = one.admit(at: start + .seconds(2))!  // Its process dies.
        #expect(other.admit(at: start + .seconds(10)) == nil)
        #expect(other.admit(at: start + .seconds(18)) == nil)  // The lost probe counts as refused.
        #expect(other.admit(at: start + .seconds(30)) != nil)
    }

    @Test func aRestartKeepsWhatWasLearned() {
        defer { unlink(path) }
        do {
            var limiter = limiter()
            for step in 0..<200 {
                let now = start + .milliseconds(step * 10)
                if let permit = limiter.admit(at: now) { limiter.settle(permit, .served, at: now) }
            }
        }
        var next = limiter()
        #expect(next.admit(at: start + .seconds(3)) != nil)
        #expect(next.estimate.quota > 50)
    }

    /// Times then count from another origin, so that only the estimate is used.
    @Test func afterAMachineRestartOnlyTheEstimateIsKept() {
        defer { unlink(path) }
        var before = limiter()
        for step in 0..<50 {
            let now = start + .seconds(100_000) + .milliseconds(step * 10)
            if let permit = before.admit(at: now) { before.settle(permit, .served, at: now) }
        }
        let last = before.admit(at: start + .seconds(100_010))!
        before.settle(last, .refused(retryAfter: .seconds(200)), at: start + .seconds(100_010))
        var after = limiter()
        #expect(after.admit(at: start) != nil)
        #expect(after.estimate == before.estimate)
    }

    /// The copy keeps what the process learns, although the file differs.
    @Test func aProcessThatCannotWriteUsesItsOwnCopy() throws {
        defer { unlink(path) }
        var limiter = limiter()
        limiter.settle(limiter.admit(at: start)!, .served, at: start)
        // From here on, the limiter's own descriptor is read-only.
        let reading = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(reading) }
        let descriptors = 0..<1024 as Range<CInt>
        let writing = try #require(descriptors.first { $0 != reading && isSameFile($0, reading) })
        try #require(dup2(reading, writing) == writing)
        let last = limiter.admit(at: start + .seconds(20))!
        limiter.settle(last, .refused(retryAfter: .seconds(30)), at: start + .seconds(20))
        #expect(limiter.admit(at: start + .seconds(49)) == nil)
    }

    @Test func aProcessThatHoldsTheLockStopsNoOther() {
        defer { unlink(path) }
        var limiter = limiter()
        let holder = open(path, O_RDWR)
        flock(holder, LOCK_EX)
        #expect(limiter.admit(at: start) != nil)
        #expect(limiter.wait(at: start) == .zero)
        close(holder)
        #expect(limiter.admit(at: start + .seconds(2)) != nil)
    }

    /// A state that version 3 of the format wrote. A change of the order would break running processes that share a file.
    @Test func theFileFormatIsStable() throws {
        defer { unlink(path) }
        let start = ContinuousClock().systemEpoch + .seconds(1000)
        var limiter = SharedLimiter(published: 4, in: LimiterFile(path)!, at: start)
        let first = limiter.admit(at: start)!
        limiter.settle(
            first, .served, hint: RateLimitHint(remaining: 3, reset: .seconds(2)),
            at: start + .milliseconds(125))
        let second = limiter.admit(at: start + .milliseconds(250))!
        _ = limiter.admit(at: start + .milliseconds(500))!
        limiter.settle(second, .refused(retryAfter: .seconds(2)), at: start + .milliseconds(750))
        let numbers = try Data(contentsOf: URL(filePath: path)).withUnsafeBytes {
            Array($0.bindMemory(to: Double.self))
        }
        let expected: [Double] = [
            1000.75, 1, 1, 1, 1003.0993724659241, 1, 3, 1000.75, 1000.75, 0, 0, -.infinity, 3, 1, 1002.125,
            1, 1, 0, 0, 1, -.infinity, 1007.5, 0.1, 12, 1000.75, 0.5, 0, 0, 0, 0, 1, 0.125, 1, 0.125, 2, 1000,
            1000.5, 1, 1000.125, 1, 3, 1000.5, 0, 0, 0,
        ]
        #expect(numbers[0] == 3 && numbers[2] == 45)
        for (number, expected) in zip(numbers[3...], expected) {
            #expect(number == expected || abs(number - expected) < 1e-9)
        }
        #expect(numbers[3 + 45] == numbers[1])
    }

    /// Returns how many numbers follow the head. Behind them may be the rest of a longer, earlier state.
    private static func count(in bytes: Data) -> Int {
        Int(bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: Double.self) })
    }

    /// The first number is the version; the second and the last are the generation.
    @Test(arguments: ["empty", "interrupted", "older", "absurd", "noise"])
    func aDamagedFileDoesNoHarm(damage: String) throws {
        defer { unlink(path) }
        var first = limiter()
        for step in 0..<100 {
            let now = start + .milliseconds(step * 10)
            if let permit = first.admit(at: now) { first.settle(permit, .served, at: now) }
        }
        let learned = first.estimate.quota
        var bytes = try Data(contentsOf: URL(filePath: path))
        switch damage {
        case "interrupted": bytes[8 * (3 + Self.count(in: bytes))] ^= 1
        case "older": bytes[7] = 0x11
        case "absurd": bytes.replaceSubrange(32..<40, with: withUnsafeBytes(of: Double.infinity) { Data($0) })
        case "noise": bytes = Data((0..<bytes.count).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        default: bytes = Data()
        }
        try bytes.write(to: URL(filePath: path))
        var second = limiter()
        _ = second.wait(at: start + .seconds(2))
        if damage == "interrupted" {
            #expect(second.estimate.quota == learned)
            #expect(second.admit(at: start + .seconds(2)) == nil)  // The latest requests are unknown.
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
