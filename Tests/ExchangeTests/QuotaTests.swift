import Exchange
import Testing

struct QuotaTests {
    /// Asks at each of the given milliseconds; a verdict each, waits in milliseconds.
    private func verdicts(
        _ kind: Quota.Kind, at moments: [Int], change: (inout Quota.Options) -> Void = { _ in }
    )
        -> [String]
    {
        var options = Quota.Options()
        (options.kind, options.limit, options.window) = (kind, 2, .milliseconds(100))
        change(&options)
        var quota = Quota(options)
        return moments.map { moment in
            switch quota.decide(at: .milliseconds(moment)) {
            case .admit(let turn): turn == .zero ? "ok" : "ok+\(Int(turn / .milliseconds(1)))"
            case .refuse(let wait): "no \(Int(wait / .milliseconds(1)))"
            case .tooSlow: "408"
            }
        }
    }

    @Test func aSlidingWindowCountsWhatItAdmitted() {
        #expect(
            verdicts(.sliding, at: [0, 10, 20, 99, 100, 101]) == ["ok", "ok", "no 80", "no 1", "ok", "no 9"])
    }

    @Test func fixedWindowsStandOneAfterTheOther() {
        #expect(
            verdicts(.fixed, at: [90, 95, 99, 100, 101, 199]) == ["ok", "ok", "no 1", "ok", "ok", "no 1"])
    }

    @Test func aPenaltyClosesForAWholeWindow() {
        #expect(
            verdicts(.penalty, at: [0, 1, 2, 50, 101, 102]) == ["ok", "ok", "no 100", "no 52", "no 1", "ok"])
    }

    @Test func throttlingDelaysUntilItGivesUp() {
        let verdicts = verdicts(.throttle, at: [0, 0, 0, 0, 0]) { $0.patience = .milliseconds(150) }
        #expect(verdicts == ["ok", "ok", "ok+100", "ok+100", "408"])
    }

    @Test func delaysComeBeforeRefusals() {
        let verdicts = verdicts(.delay, at: [0, 0, 0, 0, 0]) { $0.patience = .milliseconds(150) }
        #expect(verdicts == ["ok", "ok", "ok+100", "ok+100", "no 200"])
    }

    @Test func theLimitMayChange() {
        let verdicts = verdicts(.sliding, at: [0, 1, 200, 201]) { $0.changes = [(.milliseconds(150), 1)] }
        #expect(verdicts == ["ok", "ok", "ok", "no 99"])
    }

    @Test func otherClientsUseTheQuotaToo() {
        let verdicts = verdicts(.sliding, at: [500, 501]) { $0.others = 10 }
        #expect(verdicts == ["ok", "no 99"])
    }
}
