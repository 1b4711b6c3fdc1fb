import Database
import DequeModule
import Glibc
import PMFlow
import PMPipe
import PMRecord

/// Stores the `alert` records in the table `alerts` of the database, on a thread of its own.
///
/// While the database is away, a bounded number of records wait. The outbox restores the others in the next process.
final class AlertHistory: Sendable {
    private struct State: Sendable {
        /// The records in order of arrival; of the same id and revision, only the last counts.
        var records: Deque<[UInt8]> = []
        var lost = 0
        var isWriting = false
        var isEnding = false
        var hasGivenUp = false
    }

    private let state = Monitor(State())
    private let location: DatabaseLocation
    private let log: StageLog

    private static let capacity = 10_000
    private static let batchSize = 500

    init(_ location: DatabaseLocation, log: StageLog) {
        self.location = location
        self.log = log
        // Not joined, because it may be waiting for a database that never answers.
        _ = Worker { [self] in run() }
    }

    /// The number of records that are not in the database yet.
    var waiting: Int { state.withLock { $0.records.count } }

    /// Adds a record. Never waits; drops the oldest record when too many are waiting.
    func add(_ record: [UInt8]) {
        state.withLock { state in
            if state.records.count >= Self.capacity {
                state.records.removeFirst()
                state.lost += 1
            }
            state.records.append(record)
        }
    }

    /// Waits until every record is stored, or the database has failed.
    func finish(upTo patience: Duration) {
        state.withLock { $0.isEnding = true }
        _ = state.wait(upTo: patience) { state in
            state.hasGivenUp || state.records.isEmpty && !state.isWriting ? () : nil
        }
        let missing = state.withLock { $0.records.count + $0.lost }
        if missing > 0 { log.warning(.database, "\(missing) alerts are not stored in the database") }
    }

    private func run() {
        var store: (any Store)?
        var pause = Backoff(from: .seconds(1), to: .seconds(30))
        while true {
            let batch: [[UInt8]] = state.wait { state in
                guard !state.records.isEmpty else { return nil }
                state.isWriting = true
                return Array(state.records.prefix(Self.batchSize))
            }!
            let error = write(batch, to: &store)
            if error != nil { store = nil }
            // A later try may succeed, so the records stay.
            let isRetried = error?.kind == .unavailable || error?.kind == .inputOutput
            state.withLock { state in
                if !isRetried { state.records.removeFirst(min(batch.count, state.records.count)) }
                state.isWriting = false
            }
            guard let error else {
                pause.reset()
                continue
            }
            log.warning(.database, "unable to store \(batch.count) alerts: \(error)")
            guard isRetried else { continue }
            _ = state.wait(upTo: pause.next()) { $0.isEnding ? () : nil }
            let isOver = state.withLock { state in
                state.hasGivenUp = state.isEnding
                return state.isEnding
            }
            if isOver { return }
        }
    }

    private func write(_ records: [[UInt8]], to store: inout (any Store)?) -> StoreError? {
        // pm-store makes the database. Until then there is nothing to store in.
        if case .sqlite(let path) = location, access(path, F_OK) != 0 { return nil }
        var last: [RevisionID: StorableLine] = [:]
        for line in records {
            guard let record = try? Record(line), let entry = try? StorableLine(line, number: 1) else {
                continue
            }
            let id = RevisionID(id: record.text(Key.id) ?? "", revision: record.revision)
            last[id] = entry
        }
        let open = store ?? location.makeStore()
        store = open
        do throws(StoreError) {
            try open.save(Batch(last.values))
            return nil
        } catch {
            return error
        }
    }
}
