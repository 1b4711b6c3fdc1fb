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
            // Written down before the cursor can pass them, so that no line is in neither place.
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
    ///
    /// A batch with a bad row is halved until the row stands alone: for b bad ones among n that is of the order
    /// of b × log n requests. The halves are stored for good one by one, in order, so that a mark still follows
    /// all that it vouches for; storing a part twice is harmless.
    private func save(_ batch: Batch) throws(StageError) -> Set<Int> {
        guard !batch.holdsNoRow, let fault = try persist(batch) else { return [] }
        let entries = batch.entries
        guard entries.count > 1 else {
            try reject(entries.map { Refusal(number: $0.number, line: $0.line, reason: "\(fault)") })
            return Set(entries.map(\.number))
        }
        let middle = entries.count / 2
        let refused = try save(Batch(entries[..<middle]))
        return refused.union(try save(Batch(entries[middle...])))
    }

    /// Stores the batch, however long the database is away.
    ///
    /// - Returns: The error, when a row of the batch is at fault.
    private func persist(_ batch: Batch) throws(StageError) -> StoreError? {
        while true {
            do throws(StoreError) {
                try store.save(batch)
                noticeReturn()
                return nil
            } catch {
                switch error.kind {
                case .away: try waitOut(error)
                case .data:
                    noticeReturn()
                    log.count(.database)
                    return error
                case .schema, .fenced, .refused, .inputOutput: throw error.asStageError
                }
            }
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

    private func reject(_ refusals: [Refusal]) throws(StageError) {
        guard !refusals.isEmpty else { return }
        for refusal in refusals {
            rejects.add(refusal.line.span, number: refusal.number, reason: refusal.reason)
        }
        try rejects.flush()
        flow.withLock { $0.figures.refused += refusals.count }
    }
}

extension Duration {
    fileprivate var inWords: String {
        self < .seconds(10) ? "\(Int(self / .milliseconds(1))) ms" : "\(components.seconds) s"
    }
}
