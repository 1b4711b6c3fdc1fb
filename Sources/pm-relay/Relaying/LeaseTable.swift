/// The leases that a process holds or wants: which to request, to renew and to give up.
///
/// It only decides; time is an argument. A lease that is not renewed expires at the servers after its lifetime. Its
/// holder must have ended its work by then, so it stops earlier, and counts from the moment before each request.
package struct LeaseTable: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum Action: Sendable, Equatable {
        /// Try to get a free lease.
        case acquire(Int)
        case renew(Int, revision: UInt64)
        /// The lease may expire soon: end its work.
        case stop(Int)
        /// The lease is about to expire: kill what is left of its work.
        case kill(Int)
    }

    private struct Held: Sendable {
        var revision: UInt64
        /// The moment before the last successful request.
        var since: Instant
        var renewAt: Instant
        var isStopping = false
        var isKilled = false
    }

    private let most: Int
    private let lifetime: Duration
    private var held: [Int: Held] = [:]
    private var acquireAt: [Int: Instant]

    /// - Parameters:
    ///   - count: The number of leases there are.
    ///   - most: Leases that this process holds at most.
    ///   - lifetime: The time after which the servers drop a lease that is not renewed.
    package init(of count: Int, atMost most: Int, lifetime: Duration, at now: Instant) {
        self.most = most
        self.lifetime = lifetime
        acquireAt = Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, now) })
    }

    /// The leases whose work may run.
    package var active: [Int] { held.filter { !$0.value.isStopping }.keys.sorted() }

    package func isHeld(_ lease: Int) -> Bool { held[lease] != nil }

    package func revision(of lease: Int) -> UInt64? { held[lease]?.revision }

    /// Returns the next action that is due; `nil` if there is none.
    package mutating func next(at now: Instant) -> Action? {
        for lease in held.keys.sorted() {
            guard let state = held[lease] else { continue }
            if now >= state.since + lifetime * 0.9, !state.isKilled {
                held[lease]!.isKilled = true
                held[lease]!.isStopping = true
                return .kill(lease)
            }
            if now >= state.since + lifetime * 0.75, !state.isStopping {
                held[lease]!.isStopping = true
                return .stop(lease)
            }
            if now >= state.renewAt, !state.isStopping {
                held[lease]!.renewAt = now + lifetime / 20
                return .renew(lease, revision: state.revision)
            }
        }
        guard held.count < most else { return nil }
        // The lease that has waited longest comes first, so that several processes share them out.
        guard
            let (lease, _) = acquireAt.filter({ $0.value <= now && held[$0.key] == nil }).min(by: {
                $0.value < $1.value
            })
        else { return nil }
        acquireAt[lease] = now + lifetime / 10
        return .acquire(lease)
    }

    /// Notes that a lease was acquired or renewed by a request that began at `start`.
    package mutating func granted(_ lease: Int, revision: UInt64, requestedAt start: Instant) {
        var state = held[lease] ?? Held(revision: revision, since: start, renewAt: start)
        (state.revision, state.since, state.renewAt) = (revision, start, start + lifetime / 4)
        held[lease] = state
    }

    /// Notes that another process has the lease: work under it must end at once.
    package mutating func taken(_ lease: Int) {
        held[lease]?.isStopping = true
        held[lease]?.isKilled = true
    }

    /// Notes that the lease's work has ended and the lease is free.
    ///
    /// - Parameter pause: The time before this process tries to get it again.
    package mutating func released(_ lease: Int, pause: Duration, at now: Instant) {
        held[lease] = nil
        acquireAt[lease] = now + pause
    }
}
