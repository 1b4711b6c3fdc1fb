import Alerting
import PMFlow
import PMRecord
import Testing

struct ChannelQueueTests {
    fileprivate let start = ContinuousClock.now

    fileprivate func alert(_ number: Int = 1, revision: Int = 0) -> Alert {
        let trade = TradeLine.make { $0.transaction = "0x\(number)" }.trade
        return Alert(
            .whaleMovement, of: trade, to: "ada", revision: revision, decidedAt: Timestamp(milliseconds: 0))
    }

    @Test func sendsOneAtATimeInTheirOrder() {
        var delivery = ChannelQueue(seed: 1)
        for number in 1...3 { #expect(delivery.add(alert(number), at: start).isEmpty) }
        for number in 1...3 {
            let parcel = delivery.next(at: start)
            #expect(parcel?.alert.id == alert(number).id)
            #expect(delivery.next(at: start) == nil)
            #expect(delivery.settle(.delivered(reference: nil), at: start).map(\.outcome) == [.delivered])
        }
        #expect(delivery.count == 0)
    }

    @Test func nothingLeavesBeforeTheReceiversTimeHasPassed() {
        var delivery = ChannelQueue(seed: 1)
        _ = delivery.add(alert(), at: start)
        _ = delivery.next(at: start)
        #expect(delivery.settle(.limited(.seconds(30)), at: start).isEmpty)
        _ = delivery.add(alert(2), at: start)
        #expect(delivery.deadline == start + .seconds(30))
        #expect(delivery.next(at: start + .milliseconds(29_999)) == nil)
        #expect(delivery.next(at: start + .seconds(30))?.alert.id == alert().id)
    }

    @Test func beingToldToWaitIsNoFailedAttempt() {
        var delivery = ChannelQueue(seed: 1)
        _ = delivery.add(alert(), at: start)
        var now = start
        for _ in 0..<100 {
            _ = delivery.next(at: now)
            #expect(delivery.settle(.limited(.seconds(1)), at: now).isEmpty)
            now = delivery.deadline!
        }
        #expect(delivery.next(at: now)?.attempts == 1)
    }

    @Test func anAbsurdWaitIsCutShort() {
        var delivery = ChannelQueue(seed: 1)
        _ = delivery.add(alert(), at: start)
        _ = delivery.next(at: start)
        _ = delivery.settle(.limited(.seconds(86_400 * 365)), at: start)
        #expect(delivery.deadline == start + .seconds(900))
    }

    @Test func aReceiverThatIsAwayIsWaitedForADayAtGrowingIntervals() {
        var delivery = ChannelQueue(seed: 7)
        _ = delivery.add(alert(), at: start)
        var now = start
        var attempts = 0
        while let parcel = delivery.next(at: now) {
            attempts += 1
            #expect(parcel.attempts == attempts)
            let settled = delivery.settle(.failed("HTTP 500"), at: now)
            if let last = settled.first {
                #expect(last.outcome == .dead("HTTP 500"))
                break
            }
            #expect(now.duration(to: delivery.deadline!) <= .seconds(300))
            now = delivery.deadline!
        }
        #expect(start.duration(to: now) >= .seconds(24 * 3600))
        #expect(attempts > 250)
    }

    @Test func oneThatFailsWhileOthersArriveIsGivenUpAfterTwelveTimes() {
        var delivery = ChannelQueue(seed: 3)
        let poison = alert(0).id
        _ = delivery.add(alert(0), at: start)
        var (now, number, dead) = (start, 0, [ChannelQueue.Settlement]())
        while dead.isEmpty, number < 100 {
            number += 1
            _ = delivery.add(alert(number), at: now)
            while let deadline = delivery.deadline, dead.isEmpty {
                now = max(now, deadline)
                guard let parcel = delivery.next(at: now) else { continue }
                let isPoison = parcel.alert.id == poison
                let settled = delivery.settle(
                    isPoison ? .failed("HTTP 500") : .delivered(reference: nil), at: now)
                if isPoison { dead = settled }
                if isPoison, dead.isEmpty { break }
            }
        }
        #expect(dead.map(\.outcome) == [.dead("HTTP 500")])
        #expect(start.duration(to: now) < .seconds(24 * 3600))
    }

    @Test func aMessageThatIsGoneIsSentAnewInsteadOfEdited() {
        var delivery = ChannelQueue(seed: 1)
        _ = delivery.add(alert(), at: start)
        _ = delivery.next(at: start)
        _ = delivery.settle(.delivered(reference: "77"), at: start)
        _ = delivery.add(alert(revision: 1), at: start)
        #expect(delivery.next(at: start)?.edits == "77")
        #expect(delivery.settle(.vanished, at: start).isEmpty)
        #expect(delivery.next(at: start)?.edits == nil)
        #expect(delivery.settle(.delivered(reference: "78"), at: start).map(\.outcome) == [.delivered])
    }

    @Test func aRefusalIsFinalAndTouchesNoOther() {
        var delivery = ChannelQueue(seed: 1)
        _ = delivery.add(alert(1), at: start)
        _ = delivery.add(alert(2), at: start)
        _ = delivery.next(at: start)
        #expect(delivery.settle(.refused("HTTP 400"), at: start).map(\.outcome) == [.dead("HTTP 400")])
        #expect(delivery.next(at: start)?.alert.id == alert(2).id)
    }

    @Test func aReceiverThatIsGoneGetsNothingMore() {
        var delivery = ChannelQueue(seed: 1)
        for number in 1...3 { _ = delivery.add(alert(number), at: start) }
        _ = delivery.next(at: start)
        #expect(delivery.settle(.closed("gone"), at: start).count == 3)
        #expect(delivery.add(alert(4), at: start).map(\.outcome) == [.dead("gone")])
        #expect(delivery.deadline == nil)
    }

    @Test func oneBadAlertDoesNotHoldUpTheOthers() {
        var delivery = ChannelQueue(seed: 3)
        let poison = alert(0).id
        for number in 0..<10 { _ = delivery.add(alert(number), at: start) }
        var (now, delivered, dead) = (start, 0, 0)
        while let deadline = delivery.deadline {
            now = max(now, deadline)
            guard let parcel = delivery.next(at: now) else { continue }
            let reply = parcel.alert.id == poison ? Reply.failed("HTTP 500") : .delivered(reference: nil)
            for settlement in delivery.settle(reply, at: now) {
                if settlement.outcome == .delivered {
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

    @Test func aLaterRevisionReplacesOneThatWaitsAndEditsOneThatHasArrived() {
        var delivery = ChannelQueue(seed: 1)
        _ = delivery.add(alert(), at: start)
        #expect(delivery.add(alert(revision: 1), at: start).map(\.alert.revision) == [0])
        #expect(delivery.next(at: start)?.alert.revision == 1)
        _ = delivery.settle(.delivered(reference: "123"), at: start)
        _ = delivery.add(alert(revision: 2), at: start)
        #expect(delivery.next(at: start)?.edits == "123")
    }

    @Test func whatIsTooMuchIsGatheredAndToldAtOnce() {
        var limits = ChannelQueue.Limits()
        limits.capacity = 2
        var delivery = ChannelQueue(limits, seed: 1)
        for number in 1...9 { #expect(delivery.add(alert(number), at: start).isEmpty) }
        #expect(delivery.count == 9)
        var sizes: [Int] = []
        var outcomes: [Outcome] = []
        while let deadline = delivery.deadline, let parcel = delivery.next(at: deadline) {
            sizes.append(parcel.alerts.count)
            outcomes += delivery.settle(.delivered(reference: nil), at: deadline).map(\.outcome)
        }
        #expect(sizes == [1, 1, 7])
        #expect(outcomes == [.delivered, .delivered] + Array(repeating: .folded, count: 7))
    }

    @Test func messagesKeepTheirDistance() {
        var limits = ChannelQueue.Limits()
        limits.interval = .seconds(1)
        var delivery = ChannelQueue(limits, seed: 1)
        for number in 1...2 { _ = delivery.add(alert(number), at: start) }
        _ = delivery.next(at: start)
        _ = delivery.settle(.delivered(reference: nil), at: start)
        #expect(delivery.deadline == start + .seconds(1))
        #expect(delivery.next(at: start + .milliseconds(999)) == nil)
    }

    /// Storms of every kind of answer: each alert ends exactly once, and none leaves early.
    @Test(arguments: 0..<200)
    func everyAlertEndsOnceAndNoneLeavesEarly(seed: UInt64) {
        var chance = SplitMix64(seed: seed)
        var delivery = ChannelQueue(seed: seed)
        var (now, allowed) = (start, start)
        var ends: [String: Int] = [:]
        var toSend = 60
        while toSend > 0 || delivery.count > 0 {
            if toSend > 0, chance.next() % 3 == 0 {
                toSend -= 1
                for settlement in delivery.add(alert(toSend), at: now) {
                    ends[settlement.alert.id, default: 0] += 1
                }
            }
            if let deadline = delivery.deadline { now = max(now, deadline) }
            guard delivery.next(at: now) != nil else { continue }
            #expect(now >= allowed)
            now += .milliseconds(Int64(chance.next() % 2000))
            let reply: Reply
            switch chance.next() % 8 {
            case 0: reply = .limited(nil)
            case 1, 2:
                let wait = Duration.milliseconds(Int64(chance.next() % 20_000))
                allowed = now + wait
                reply = .limited(wait)
            case 3: reply = .failed("timeout")
            default: reply = .delivered(reference: nil)
            }
            for settlement in delivery.settle(reply, at: now) { ends[settlement.alert.id, default: 0] += 1 }
        }
        #expect(ends.count == 60)
        #expect(ends.values.allSatisfy { $0 == 1 })
    }
}

extension ChannelQueueTests {
    @Test func whatMayHaveArrivedStaysInDoubtThroughLaterFailures() {
        var delivery = ChannelQueue(seed: 1)
        _ = delivery.add(alert(), at: start)
        #expect(delivery.next(at: start)?.isRedelivery == false)
        delivery.doubt()
        _ = delivery.settle(.failed("timed out"), at: start)
        for wait in 1...3 {
            let now = start + .seconds(wait * 400)
            #expect(delivery.next(at: now)?.isRedelivery == true)
            _ = delivery.settle(.failed("HTTP 500"), at: now)
        }
    }
}
