import AlertFixtures
import Alerting
import PMFlow
import PMRecord
import Testing

struct ChannelQueueTests {
    fileprivate let start = ContinuousClock.now

    fileprivate func alert(_ number: Int = 1, revision: Int = 0) -> AlertReference {
        let trade = TradeLine.make { $0.transaction = "0x\(number)" }.trade
        return AlertReference(
            Alert(
                .whaleMovement, of: trade, to: "ada", revision: revision,
                decidedAt: Timestamp(milliseconds: 0)))
    }

    @Test func sendsOneMessageAtATimeInOrder() {
        var queue = ChannelQueue(seed: 1)
        for number in 1...3 { #expect(queue.add(alert(number), at: start).isEmpty) }
        for number in 1...3 {
            let message = queue.next(at: start)
            #expect(message?.alert.id == alert(number).id)
            #expect(queue.next(at: start) == nil)
            #expect(queue.complete(.delivered(reference: nil), at: start).map(\.outcome) == [.delivered])
        }
        #expect(queue.count == 0)
    }

    @Test func sendsNothingDuringARateLimit() {
        var queue = ChannelQueue(seed: 1)
        _ = queue.add(alert(), at: start)
        _ = queue.next(at: start)
        #expect(queue.complete(.rateLimited(.seconds(30)), at: start).isEmpty)
        _ = queue.add(alert(2), at: start)
        #expect(queue.deadline == start + .seconds(30))
        #expect(queue.next(at: start + .milliseconds(29_999)) == nil)
        #expect(queue.next(at: start + .seconds(30))?.alert.id == alert().id)
    }

    @Test func aRateLimitIsNoFailedAttempt() {
        var queue = ChannelQueue(seed: 1)
        _ = queue.add(alert(), at: start)
        var now = start
        for _ in 0..<100 {
            _ = queue.next(at: now)
            #expect(queue.complete(.rateLimited(.seconds(1)), at: now).isEmpty)
            now = queue.deadline!
        }
        #expect(queue.next(at: now)?.attempts == 1)
    }

    @Test func aRateLimitWithoutATimePausesForAGrowingTime() {
        var queue = ChannelQueue(seed: 1)
        _ = queue.add(alert(), at: start)
        var now = start
        let pauses = (0..<6).map { _ in
            _ = queue.next(at: now)
            _ = queue.complete(.rateLimited(nil), at: now)
            defer { now = queue.deadline! }
            return now.duration(to: queue.deadline!)
        }
        #expect(pauses == [60, 120, 240, 480, 900, 900].map { .seconds($0) })
        _ = queue.next(at: now)
        _ = queue.complete(.delivered(reference: nil), at: now)
        _ = queue.add(alert(2), at: now)
        _ = queue.next(at: now)
        _ = queue.complete(.rateLimited(nil), at: now)
        #expect(queue.deadline == now + .seconds(60))
    }

    @Test func aRateLimitIsBounded() {
        var queue = ChannelQueue(seed: 1)
        _ = queue.add(alert(), at: start)
        _ = queue.next(at: start)
        _ = queue.complete(.rateLimited(.seconds(86_400 * 365)), at: start)
        #expect(queue.deadline == start + .seconds(900))
    }

    @Test func retriesAFailingReceiverForADayWithGrowingPauses() {
        var queue = ChannelQueue(seed: 7)
        _ = queue.add(alert(), at: start)
        var now = start
        var attempts = 0
        while let message = queue.next(at: now) {
            attempts += 1
            #expect(message.attempts == attempts)
            let completed = queue.complete(.failed("HTTP 500"), at: now)
            if let last = completed.first {
                #expect(last.outcome == .dead("HTTP 500"))
                break
            }
            #expect(now.duration(to: queue.deadline!) <= .seconds(300))
            now = queue.deadline!
        }
        #expect(start.duration(to: now) >= .seconds(24 * 3600))
        #expect(attempts > 250)
    }

    @Test func givesUpAMessageThatFailsTwelveTimesWhileOthersAreDelivered() {
        var queue = ChannelQueue(seed: 3)
        let poison = alert(0).id
        _ = queue.add(alert(0), at: start)
        var (now, number, dead) = (start, 0, [CompletedDelivery]())
        while dead.isEmpty, number < 100 {
            number += 1
            _ = queue.add(alert(number), at: now)
            while let deadline = queue.deadline, dead.isEmpty {
                now = max(now, deadline)
                guard let message = queue.next(at: now) else { continue }
                let isPoison = message.alert.id == poison
                let completed = queue.complete(
                    isPoison ? .failed("HTTP 500") : .delivered(reference: nil), at: now)
                if isPoison { dead = completed }
                if isPoison, dead.isEmpty { break }
            }
        }
        #expect(dead.map(\.outcome) == [.dead("HTTP 500")])
        #expect(start.duration(to: now) < .seconds(24 * 3600))
    }

    @Test func sendsANewMessageWhenTheOneToEditIsGone() {
        var queue = ChannelQueue(seed: 1)
        _ = queue.add(alert(), at: start)
        _ = queue.next(at: start)
        _ = queue.complete(.delivered(reference: "77"), at: start)
        _ = queue.add(alert(revision: 1), at: start)
        #expect(queue.next(at: start)?.edits == "77")
        #expect(queue.complete(.editTargetMissing, at: start).isEmpty)
        #expect(queue.next(at: start)?.edits == nil)
        #expect(queue.complete(.delivered(reference: "78"), at: start).map(\.outcome) == [.delivered])
    }

    @Test func aRejectionIsFinalForOneMessage() {
        var queue = ChannelQueue(seed: 1)
        _ = queue.add(alert(1), at: start)
        _ = queue.add(alert(2), at: start)
        _ = queue.next(at: start)
        #expect(queue.complete(.rejected("HTTP 400"), at: start).map(\.outcome) == [.dead("HTTP 400")])
        #expect(queue.next(at: start)?.alert.id == alert(2).id)
    }

    @Test func aClosedChannelGetsNothingMore() {
        var queue = ChannelQueue(seed: 1)
        for number in 1...3 { _ = queue.add(alert(number), at: start) }
        _ = queue.next(at: start)
        #expect(queue.complete(.closed("gone"), at: start).count == 3)
        #expect(queue.add(alert(4), at: start).map(\.outcome) == [.dead("gone")])
        #expect(queue.deadline == nil)
    }

    @Test func aFailingMessageDoesNotDelayTheOthers() {
        var queue = ChannelQueue(seed: 3)
        let poison = alert(0).id
        for number in 0..<10 { _ = queue.add(alert(number), at: start) }
        var (now, delivered, dead) = (start, 0, 0)
        while let deadline = queue.deadline {
            now = max(now, deadline)
            guard let message = queue.next(at: now) else { continue }
            let result =
                message.alert.id == poison ? AttemptResult.failed("HTTP 500") : .delivered(reference: nil)
            for completed in queue.complete(result, at: now) {
                if completed.outcome == .delivered {
                    delivered += 1
                    #expect(start.duration(to: now) < .seconds(60))
                } else {
                    dead += 1
                }
            }
        }
        #expect(delivered == 9)
        #expect(dead == 1)
    }

    @Test func aLaterRevisionReplacesAWaitingOneAndEditsADeliveredOne() {
        var queue = ChannelQueue(seed: 1)
        _ = queue.add(alert(), at: start)
        #expect(queue.add(alert(revision: 1), at: start).map(\.alert.revision) == [0])
        #expect(queue.next(at: start)?.alert.revision == 1)
        _ = queue.complete(.delivered(reference: "123"), at: start)
        _ = queue.add(alert(revision: 2), at: start)
        #expect(queue.next(at: start)?.edits == "123")
    }

    @Test func alertsBeyondTheCapacityAreDeliveredInADigest() {
        var limits = ChannelQueue.Limits()
        limits.capacity = 2
        var queue = ChannelQueue(limits, seed: 1)
        for number in 1...9 { #expect(queue.add(alert(number), at: start).isEmpty) }
        #expect(queue.count == 9)
        var sizes: [Int] = []
        var outcomes: [DeliveryOutcome] = []
        while let deadline = queue.deadline, let message = queue.next(at: deadline) {
            sizes.append(message.alerts.count)
            outcomes += queue.complete(.delivered(reference: nil), at: deadline).map(\.outcome)
        }
        #expect(sizes == [1, 1, 7])
        #expect(outcomes == [.delivered, .delivered] + Array(repeating: .folded, count: 7))
    }

    @Test func keepsTheIntervalBetweenMessages() {
        var limits = ChannelQueue.Limits()
        limits.interval = .seconds(1)
        var queue = ChannelQueue(limits, seed: 1)
        for number in 1...2 { _ = queue.add(alert(number), at: start) }
        _ = queue.next(at: start)
        _ = queue.complete(.delivered(reference: nil), at: start)
        #expect(queue.deadline == start + .seconds(1))
        #expect(queue.next(at: start + .milliseconds(999)) == nil)
    }

    /// Random answers of every kind.
    @Test(arguments: 0..<200)
    func completesEveryAlertOnceAndSendsNoneEarly(seed: UInt64) {
        var chance = SplitMix64(seed: seed)
        var queue = ChannelQueue(seed: seed)
        var (now, allowed) = (start, start)
        var ends: [CompactID: Int] = [:]
        var toSend = 60
        while toSend > 0 || queue.count > 0 {
            if toSend > 0, chance.next() % 3 == 0 {
                toSend -= 1
                for completed in queue.add(alert(toSend), at: now) {
                    ends[completed.alert.id, default: 0] += 1
                }
            }
            if let deadline = queue.deadline { now = max(now, deadline) }
            guard queue.next(at: now) != nil else { continue }
            #expect(now >= allowed)
            now += .milliseconds(Int64(chance.next() % 2000))
            let result: AttemptResult
            switch chance.next() % 8 {
            case 0: result = .rateLimited(nil)
            case 1, 2:
                let wait = Duration.milliseconds(Int64(chance.next() % 20_000))
                allowed = now + wait
                result = .rateLimited(wait)
            case 3: result = .failed("timeout")
            default: result = .delivered(reference: nil)
            }
            for completed in queue.complete(result, at: now) { ends[completed.alert.id, default: 0] += 1 }
        }
        #expect(ends.count == 60)
        #expect(ends.values.allSatisfy { $0 == 1 })
    }
}

extension ChannelQueueTests {
    @Test func aMessageInDoubtStaysInDoubtThroughLaterFailures() {
        var queue = ChannelQueue(seed: 1)
        _ = queue.add(alert(), at: start)
        #expect(queue.next(at: start)?.isRedelivery == false)
        queue.markInDoubt()
        _ = queue.complete(.failed("timed out"), at: start)
        for wait in 1...3 {
            let now = start + .seconds(wait * 400)
            #expect(queue.next(at: now)?.isRedelivery == true)
            _ = queue.complete(.failed("HTTP 500"), at: now)
        }
    }
}
