import Database
import PMFlow
import PMPipe
import PMRecord

/// Stores one batch after the other, on the thread that waits for the database.
final class BatchWriter {
    private let store: any Store
    private let queue: Monitor<BatchQueue>
    private let log: StageLog
    private var rejects: Rejects
    private var backoff: Backoff<SystemRandomNumberGenerator>
    private var unavailableSince: ContinuousClock.Instant?
    private var batchSize = BatchSize()
    private let isBulkLoad: Bool
    private var hasLoggedReject = false
    private var retention: Retention?

    init(
        to store: any Store, from queue: Monitor<BatchQueue>, _ limits: StoreLimits,
        rejects: consuming Rejects, log: StageLog
    ) {
        self.store = store
        self.queue = queue
        self.log = log
        self.rejects = rejects
        isBulkLoad = limits.isBulkLoad
        retention = limits.keep.map { Retention(of: $0, from: .now + .seconds(5)) }
        backoff = Backoff(from: limits.retry.lowerBound, to: limits.retry.upperBound)
    }

    /// Stores batches until the queue has no more.
    func run() throws(StageError) {
        try open()
        while true {
            let pause = retention?.untilDue(at: .now)
            switch queue.wait(upTo: pause, until: { $0.nextWriterAction(at: .now) }) {
            case .store(let next):
                try write(next.rejected)
                let rejected = try save(next.batch)
                let roundTrips = store.roundTrips
                queue.withLock { $0.settle(next, except: rejected, roundTrips: roundTrips) }
            case .finish: return
            case nil: prune()
            }
        }
    }

    /// Removes a few old rows, if that is due.
    private func prune() {
        guard let retention, let table = retention.next(at: .now) else { return }
        do throws(StoreError) {
            let time = Timestamp.now().advanced(by: .zero - retention.age)
            let count = try store.prune(table, before: time, limit: Retention.rowsPerStep)
            self.retention?.note(removed: count, at: .now)
            queue.withLock { $0.countPruned(count) }
        } catch {
            self.retention?.postpone(at: .now)
            log.warning(.database, "unable to remove old rows: \(error)")
        }
    }

    /// Connects before the first line, so that a wrong configuration is found at once.
    private func open() throws(StageError) {
        do throws(StoreError) {
            try store.open()
            if !isBulkLoad { try store.buildTradeIndexes() }
        } catch {
            // reported at once; waited for when there is something to store
            guard error.kind == .unavailable else { throw error.asStageError }
            beginOutage(error)
        }
    }

    /// Stores all of the batch except the lines that the database rejects.
    ///
    /// - Returns: The numbers of the rejected lines.
    private func save(_ batch: Batch) throws(StageError) -> Set<Int> {
        var (rest, rejected): (Batch, Set<Int>) = (batch, [])
        while !rest.hasNoRows {
            let part = batchSize.prefix(of: rest)
            let badRows: [BadRow]
            do throws(StoreError) {
                badRows = try store(part)
            } catch {
                try recover(from: error, with: part)
                continue
            }
            endOutage()
            guard badRows.isEmpty else {
                try write(badRows.map(RejectedLine.init))
                rejected.formUnion(badRows.map(\.line.number))
                rest = Batch(rest.lines.filter { !rejected.contains($0.number) })
                continue
            }
            batchSize.grow(after: part)
            if part.lines.count == rest.lines.count { break }
            rest = Batch(rest.lines.dropFirst(part.lines.count))
        }
        return rejected
    }

    /// Stores the batch, or finds the rows because of which it cannot be stored.
    private func store(_ batch: Batch) throws(StoreError) -> [BadRow] {
        do throws(StoreError) {
            try store.save(batch)
            return []
        } catch  where error.kind == .data {
            let badRows = try store.badRows(in: batch)
            // an error that is gone was a conflict with another writer: try again after a pause
            guard !badRows.isEmpty else { throw StoreError(.unavailable, error.message, code: error.code) }
            report(badRows)
            return badRows
        }
    }

    /// Logs the first row that the database rejects, with its reason; counts the others.
    private func report(_ badRows: [BadRow]) {
        guard !hasLoggedReject, let first = badRows.first else { return log.count(.database) }
        hasLoggedReject = true
        log.warning(
            .database, "the database rejects a row: \(first.error)", ["line": "\(first.line.number)"])
    }

    /// Returns when another attempt is worthwhile.
    private func recover(from error: StoreError, with batch: Batch) throws(StageError) {
        switch error.kind {
        case .unavailable: try pause(after: error)
        case .timedOut: if !batchSize.shrink(after: batch) { try pause(after: error) }
        case .data, .schema, .replaced, .fenced, .misconfigured, .inputOutput: throw error.asStageError
        }
    }

    /// Waits before the next attempt.
    ///
    /// - Throws: `error` as the stage's, when the queue gives up on the database.
    private func pause(after error: StoreError) throws(StageError) {
        let start = beginOutage(error)
        _ = queue.wait(upTo: backoff.next()) { $0.endsPauses ? true : nil }
        let givesUp = queue.withLock { $0.givesUp(onDatabaseUnavailableSince: start, at: .now) }
        if givesUp { throw error.asStageError }
    }

    /// - Returns: The start of the outage, which may have begun before.
    @discardableResult
    private func beginOutage(_ error: StoreError) -> ContinuousClock.Instant {
        if let start = unavailableSince {
            log.count(.database)
            return start
        }
        let start = ContinuousClock.now
        unavailableSince = start
        queue.withLock { $0.setDatabase(isAvailable: false) }
        log.warning(.database, "the database is unavailable, retrying: \(error)")
        return start
    }

    private func endOutage() {
        backoff.reset()
        guard let start = unavailableSince else { return }
        unavailableSince = nil
        queue.withLock { $0.setDatabase(isAvailable: true) }
        log.notice("the database is available again after \((.now - start).rounded)")
    }

    /// Writes rejects to the disk before the cursor can pass them, so that every line is either in the
    /// database or among the rejects.
    private func write(_ lines: [RejectedLine]) throws(StageError) {
        guard !lines.isEmpty else { return }
        for line in lines { rejects.add(line.line.span, number: line.number, reason: line.reason) }
        try rejects.sync()
    }
}

extension RejectedLine {
    fileprivate init(_ row: BadRow) {
        self.init(number: row.line.number, line: row.line.line, reason: "\(row.error)")
    }
}

extension Duration {
    /// The duration for people: whole milliseconds below ten seconds, else whole seconds.
    fileprivate var rounded: String {
        self < .seconds(10) ? "\(Int(self / .milliseconds(1))) ms" : "\(components.seconds) s"
    }
}
