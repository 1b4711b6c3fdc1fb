import PMFlow
import Testing

struct BreakerTests {
    private let start = ContinuousClock.now

    @Test func opensAfterFiveFailuresWithinTenSeconds() {
        var breaker = Breaker()
        for second in 0..<4 { breaker.failed(at: start + .seconds(second)) }
        #expect(breaker.allows(at: start + .seconds(4)))
        breaker.failed(at: start + .seconds(5))
        #expect(breaker.state(at: start + .seconds(6)) == .open)
        #expect(!breaker.allows(at: start + .seconds(34)))
    }

    @Test func failuresFarApartDoNotOpenIt() {
        var breaker = Breaker()
        for second in 0..<20 { breaker.failed(at: start + .seconds(second * 4)) }
        #expect(breaker.state(at: start + .seconds(80)) == .closed)
    }

    @Test(arguments: [true, false])
    func afterThePauseOneProbeGoesBeforeTheRest(succeeds: Bool) {
        var breaker = Breaker(failures: 1)
        breaker.failed(at: start)
        let later = start + .seconds(30)
        #expect(breaker.allows(at: later))
        breaker.sent()
        #expect(!breaker.allows(at: later))
        if succeeds { breaker.succeeded() } else { breaker.failed(at: later) }
        #expect(breaker.allows(at: later) == succeeds)
        #expect(breaker.state(at: later + .seconds(29)) == (succeeds ? .closed : .open))
    }
}
