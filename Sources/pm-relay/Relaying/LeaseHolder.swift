import Glibc
import NATS
import PMPipe

/// `pm-relay lease`: runs a command while it holds a lease, so that one of several machines runs it at a time.
///
/// With several leases, the command runs once for each lease held, with the lease's number in `PM_LEASE`.
package struct LeaseHolder: ~Copyable {
    private let name: String
    private let isSingle: Bool
    private let lifetime: Duration
    private let command: [String]
    private let cluster: Cluster
    private let log: StageLog
    private let owner: String
    private var table: LeaseTable
    private var children: [Int: ChildGroup] = [:]

    /// - Parameters:
    ///   - count: The number of leases; `nil` for one, whose command's exit status ends the run.
    ///   - most: Leases held at most.
    ///   - lifetime: The time after which a lease is free that its holder does not renew.
    package init(
        of name: String, count: Int?, atMost most: Int, lifetime: Duration, command: [String],
        in cluster: Cluster, log: StageLog
    ) {
        self.name = name
        isSingle = count == nil
        self.lifetime = lifetime
        self.command = command
        self.cluster = cluster
        self.log = log
        owner = "\(hostName()):\(getpid()):\(UInt32.random(in: 0...UInt32.max))"
        table = LeaseTable(of: count ?? 1, atMost: most, lifetime: lifetime, at: .now)
    }

    /// Runs until a signal stops it or, with a single lease, until the command ends.
    ///
    /// - Returns: The command's exit status.
    /// - Throws: ``ExitStatus/tryAgain`` after a signal, or when a single lease was lost.
    package mutating func run() throws(StageError) -> Int32 {
        let stop = StopSignal()
        let stopIfRequested = { () throws(StageError) in if stop.isRequested { throw StopSignal.stoppedEarly }
        }
        let (cluster, log, replicas, lifetime) = (cluster, log, cluster.replicas, lifetime)
        let connection = try cluster.connect(
            as: "pm-relay lease \(name)", requestTimeout: lifetime / 20, log: log,
            whileWaiting: stopIfRequested)
        let leases = try cluster.retry("open the leases", log: log, whileWaiting: stopIfRequested) {
            () throws(NATSError) in
            try KeyValueStore(
                bucket: "pm-leases-\(lifetime.components.seconds)s", replicas: replicas, lifetime: lifetime,
                on: connection)
        }
        while true {
            try act(on: leases)
            if let status = reap(leases), isSingle { return status }
            if stop.isRequested {
                end(leases)
                throw StopSignal.stoppedEarly
            }
            usleep(50_000)
        }
    }

    private func key(_ lease: Int) -> String { "\(name).\(lease)" }

    private mutating func act(on leases: borrowing KeyValueStore) throws(StageError) {
        while let action = table.next(at: .now) {
            let start = ContinuousClock.now
            switch action {
            case .acquire(let lease):
                guard let revision = request({ () throws(NATSError) in try leases.create(key(lease), owner) })
                else {
                    // One try per turn: requests that time out must not keep the held leases from being renewed.
                    return
                }
                table.granted(lease, revision: revision, requestedAt: start)
                log.notice("lease \(key(lease)) acquired")
                try startCommand(for: lease)
            case .renew(let lease, let revision): renew(lease, revision: revision, on: leases, from: start)
            case .stop(let lease):
                log.warning(.database, "lease \(key(lease)) could not be renewed: stopping its command")
                children[lease]?.signal(SIGTERM)
            case .kill(let lease):
                log.warning(.database, "lease \(key(lease)) expires: killing its command")
                children[lease]?.signal(SIGKILL)
            }
        }
    }

    private mutating func renew(
        _ lease: Int, revision: UInt64, on leases: borrowing KeyValueStore,
        from start: ContinuousClock.Instant
    ) {
        do throws(NATSError) {
            if let next = try leases.update(key(lease), owner, last: revision) {
                return table.granted(lease, revision: next, requestedAt: start)
            }
            // A renewal without an answer may have been stored; then the entry is ours with a later revision.
            if let entry = try leases.get(key(lease)), entry.value == owner {
                if let next = try leases.update(key(lease), owner, last: entry.revision) {
                    return table.granted(lease, revision: next, requestedAt: start)
                }
            }
            log.warning(.database, "lease \(key(lease)) is lost: killing its command")
            table.taken(lease)
            children[lease]?.signal(SIGKILL)
        } catch {
            log.count(.database)
        }
    }

    private func request(_ body: () throws(NATSError) -> UInt64?) -> UInt64? {
        do throws(NATSError) { return try body() } catch {
            log.count(.database)
            return nil
        }
    }

    private mutating func startCommand(for lease: Int) throws(StageError) {
        children[lease] = try ChildGroup(command, variables: ["PM_LEASE": "\(lease)"])
    }

    /// Frees the leases whose command has ended.
    ///
    /// - Returns: The exit status of a command that has ended.
    private mutating func reap(_ leases: borrowing KeyValueStore) -> Int32? {
        var ended: Int32?
        for (lease, child) in children {
            guard let status = child.exitStatus() else { continue }
            // Kills what the command has left behind: it must not work on without the lease.
            children[lease] = nil
            ended = status
            release(lease, on: leases)
            // A command that fails at once is not started again and again.
            let ranFor = ContinuousClock.now - child.startedAt
            table.released(lease, pause: ranFor < lifetime ? lifetime / 2 : .zero, at: .now)
            if !isSingle {
                log.warning(.input, "the command of lease \(key(lease)) ended with status \(status)")
            }
        }
        return ended
    }

    private func release(_ lease: Int, on leases: borrowing KeyValueStore) {
        do throws(NATSError) {
            if let entry = try leases.get(key(lease)), entry.value == owner { try leases.delete(key(lease)) }
        } catch {
            log.count(.database)  // it expires by itself
        }
    }

    /// Ends all commands, and frees their leases.
    private mutating func end(_ leases: borrowing KeyValueStore) {
        for child in children.values { child.signal(SIGTERM) }
        let deadline = ContinuousClock.now + lifetime / 2
        while !children.isEmpty, ContinuousClock.now < deadline {
            _ = reap(leases)
            usleep(20_000)
        }
        for child in children.values { child.signal(SIGKILL) }
        usleep(20_000)
        _ = reap(leases)
    }
}

private func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
