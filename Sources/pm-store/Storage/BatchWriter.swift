import Database
import PMFlow
import PMPipe

/// Stores one batch after the other, whatever it takes: what the thread does that waits for the database.
final class BatchWriter {
    private let store: any RecordStore
    private let flow: Monitor<BatchFlow>
    private let log: StageLog
    private let patience: Duration
    private var rejects: Rejects
    private var backoff: Backoff<SystemRandomNumberGenerator>
    private var awaySince: ContinuousClock.Instant?
    private var stride = BatchSize()

    init(
        to store: any RecordStore, from flow: Monitor<BatchFlow>, _ limits: StoringLimits,
        rejects: consuming Rejects, log: StageLog
    ) {
        self.store = store
        self.flow = flow
        self.log = log
        self.rejects = rejects
        patience = limits.patience
        backoff = Backoff(from: limits.retry.lowerBound, to: limits.retry.upperBound)
    }

    /// Returns when there is nothing more to store.
    func run() throws(StageError) {
        try open()
        while case .store(let portion) = flow.wait(until: { $0.nextWork(at: .now) }) {
            try reject(portion.refusals)
            let refused = try save(portion.batch)
            let roundTrips = store.roundTrips
            flow.withLock { $0.settle(portion, except: refused, roundTrips: roundTrips) }
        }
    }

    /// Finds out, before any line has come, whether the database is one that we can use.
    private func open() throws(StageError) {
        do throws(StoreError) {
            try store.open()
        } catch {
            // one that is away is waited for when there is something to store
            guard error.kind == .away else { throw error.asStageError }
        }
    }

    /// Stores all of the batch but the lines that the database will not have, and gives their numbers.
    private func save(_ batch: Batch) throws(StageError) -> Set<Int> {
        var (rest, refused): (Batch, Set<Int>) = (batch, [])
        while !rest.holdsNoRow {
            let part = stride.first(of: rest)
            let faults: [Fault]
            do throws(StoreError) {
                faults = try store(part)
            } catch {
                try endure(error, with: part)
                continue
            }
            noticeReturn()
            guard faults.isEmpty else {
                try reject(faults)
                refused.formUnion(faults.map(\.entry.number))
                rest = Batch(rest.entries.filter { !refused.contains($0.number) })
                continue
            }
            stride.noticeSuccess(with: part)
            if part.entries.count == rest.entries.count { break }
            rest = Batch(rest.entries.dropFirst(part.entries.count))
        }
        return refused
    }

    /// Stores the batch, or finds the entries that keep it from being stored.
    private func store(_ batch: Batch) throws(StoreError) -> [Fault] {
        do throws(StoreError) {
            try store.save(batch)
            return []
        } catch  where error.kind == .data {
            let faults = try store.faults(in: batch)
            // one that is gone was about what others were writing: the same again, a little later
            guard !faults.isEmpty else { throw StoreError(.away, error.message, code: error.code) }
            log.count(.database)
            return faults
        }
    }

    /// Does what helps against the error, before the next attempt.
    private func endure(_ error: StoreError, with batch: Batch) throws(StageError) {
        switch error.kind {
        case .away: try waitOut(error)
        case .tooLong: if !stride.shorten(after: batch) { try waitOut(error) }
        case .data, .schema, .fenced, .refused, .inputOutput: throw error.asStageError
        }
    }

    /// Waits before the next attempt; gives up when there is nobody left to wait for.
    private func waitOut(_ error: StoreError) throws(StageError) {
        let now = ContinuousClock.now
        if awaySince == nil {
            awaySince = now
            flow.withLock { $0.figures.isAway = true }
            log.warning(.database, "the database is away, and is tried again and again: \(error)")
        } else {
            log.count(.database)
        }
        let pause = backoff.next()
        let isOver = flow.wait(upTo: pause) { $0.isHurried ? true : nil } ?? false
        let waitedSince = flow.withLock { $0.inputEndedAt }.map { max($0, awaySince ?? now) }
        if isOver || waitedSince.map({ .now - $0 > patience }) ?? false { throw error.asStageError }
    }

    private func noticeReturn() {
        backoff.reset()
        guard let since = awaySince else { return }
        awaySince = nil
        flow.withLock { $0.figures.isAway = false }
        log.notice("the database is back after \((.now - since).inWords)")
    }

    private func reject(_ faults: [Fault]) throws(StageError) {
        try reject(
            faults.map {
                Refusal(number: $0.entry.number, line: $0.entry.line, reason: "\($0.error)")
            })
    }

    /// Before the cursor can pass them, so that no line is in neither place.
    private func reject(_ refusals: [Refusal]) throws(StageError) {
        guard !refusals.isEmpty else { return }
        for refusal in refusals {
            rejects.add(refusal.line.span, number: refusal.number, reason: refusal.reason)
        }
        try rejects.sync()
    }
}

extension Duration {
    fileprivate var inWords: String {
        self < .seconds(10) ? "\(Int(self / .milliseconds(1))) ms" : "\(components.seconds) s"
    }
}
