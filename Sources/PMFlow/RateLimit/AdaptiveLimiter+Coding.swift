/// Everything that changes in a ledger, in an order that stays the same; whoever changes it changes
/// ``LimiterFile/version``. Chance is everyone's own.
extension AdaptiveLimiter {
    mutating func pass(over tape: inout StateCoder) {
        tape.pass(&now)
        tape.pass(&quota)
        tape.pass(&limit)
        tape.pass(&closedUntil)
        tape.pass(&isHalfOpen)
        tape.pass(&ramp)
        tape.pass(&lastCut)
        tape.pass(&lastRefusal)
        tape.pass(&doubted)
        tape.pass(&lastTrial)
        tape.pass(&lastNumber)
        tape.pass(&allowance.left)
        tape.pass(&allowance.until)
        trials.pass(over: &tape)
        pacing.pass(over: &tape)
        episode.pass(over: &tape)
        latency.pass(over: &tape)
        admitted.pass(over: &tape)
        delivered.pass(over: &tape)
        tape.pass(&flights, empty: Permit(number: 0, sent: 0, isTrial: false, isLate: false, isProbe: false))
        {
            $1.pass(over: &$0)
        }
    }
}

extension AdaptiveLimiter.Trials {
    fileprivate mutating func pass(over tape: inout StateCoder) {
        tape.pass(&credit)
        tape.pass(&most)
        tape.pass(&cost)
        tape.pass(&failures)
        tape.pass(&hasLoan)
    }
}

extension AdaptiveLimiter.Pacing {
    fileprivate mutating func pass(over tape: inout StateCoder) {
        tape.pass(&until)
        tape.pass(&next)
        tape.pass(&burst)
        tape.pass(&length)
    }
}

extension AdaptiveLimiter.Episode {
    fileprivate mutating func pass(over tape: inout StateCoder) {
        tape.pass(&start)
        tape.pass(&pause)
        tape.pass(&hadRefusedProbe)
        tape.pass(&coolDown)
        tape.pass(&agreements)
    }
}

extension AdaptiveLimiter.Permit {
    fileprivate mutating func pass(over tape: inout StateCoder) {
        tape.pass(&number)
        tape.pass(&sent)
        tape.pass(&isTrial)
        tape.pass(&isLate)
        tape.pass(&isProbe)
    }
}
