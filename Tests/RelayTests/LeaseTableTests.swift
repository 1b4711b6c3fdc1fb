import Relaying
import Testing

/// Which leases are requested, renewed and given up, by a clock that the test sets.
@Suite("Lease table")
struct LeaseTableTests {
    private let start = ContinuousClock.now

    private func actions(_ table: inout LeaseTable, at now: ContinuousClock.Instant) -> [LeaseTable.Action] {
        var actions: [LeaseTable.Action] = []
        while let action = table.next(at: now) { actions.append(action) }
        return actions
    }

    @Test("no more leases are acquired than wanted")
    func acquiresAtMost() {
        var table = LeaseTable(of: 4, atMost: 2, lifetime: .seconds(20), at: start)
        for revision in 1...2 {
            guard case .acquire(let lease)? = table.next(at: start) else {
                Issue.record("no request"); return
            }
            table.granted(lease, revision: UInt64(revision), requestedAt: start)
        }
        #expect(table.next(at: start) == nil)
        #expect(table.active.count == 2)
    }

    @Test("a lease that another process has is asked for again after a pause")
    func asksAgain() {
        var table = LeaseTable(of: 1, atMost: 1, lifetime: .seconds(20), at: start)
        #expect(actions(&table, at: start) == [.acquire(0)])
        #expect(actions(&table, at: start + .seconds(1)) == [])
        #expect(actions(&table, at: start + .seconds(2)) == [.acquire(0)])
    }

    @Test("a lease is renewed after a quarter of its lifetime, with its last revision")
    func renews() {
        var table = LeaseTable(of: 1, atMost: 1, lifetime: .seconds(20), at: start)
        _ = actions(&table, at: start)
        table.granted(0, revision: 7, requestedAt: start)
        #expect(actions(&table, at: start + .seconds(4.9)) == [])
        #expect(actions(&table, at: start + .seconds(5)) == [.renew(0, revision: 7)])
        table.granted(0, revision: 8, requestedAt: start + .seconds(5))
        #expect(actions(&table, at: start + .seconds(10)) == [.renew(0, revision: 8)])
    }

    @Test(
        "without a renewal the work is stopped after three quarters of the lifetime, and killed before its end"
    )
    func stops() {
        var table = LeaseTable(of: 1, atMost: 1, lifetime: .seconds(20), at: start)
        _ = actions(&table, at: start)
        table.granted(0, revision: 1, requestedAt: start)
        #expect(actions(&table, at: start + .seconds(14.9)) == [.renew(0, revision: 1)])
        #expect(actions(&table, at: start + .seconds(15)) == [.stop(0)])
        #expect(actions(&table, at: start + .seconds(17)) == [])
        #expect(table.active == [])
        #expect(actions(&table, at: start + .seconds(18)) == [.kill(0)])
        #expect(table.isHeld(0), "its work may not have ended")
        table.released(0, pause: .zero, at: start + .seconds(18))
        #expect(actions(&table, at: start + .seconds(18)) == [.acquire(0)])
    }

    @Test("a process that was frozen past its lease kills its work at once")
    func killsAfterFreeze() {
        var table = LeaseTable(of: 1, atMost: 1, lifetime: .seconds(20), at: start)
        _ = actions(&table, at: start)
        table.granted(0, revision: 1, requestedAt: start)
        #expect(actions(&table, at: start + .seconds(300)) == [.kill(0)])
    }
}
