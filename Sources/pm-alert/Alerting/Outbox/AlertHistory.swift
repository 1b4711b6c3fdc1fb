import Database
import Glibc
import PMFlow
import PMPipe
import PMRecord

/// Keeps what became of every alert in the database's table `alerts`, on a thread of its own.
///
/// The database may be away: records wait, up to a bound, and the ledger has them for the next process.
final class AlertHistory: Sendable {
    private struct State: Sendable {
        /// In their order; of one id and revision only the last counts.
        var records: [[UInt8]] = []
        var lost = 0
        var isWriting = false
        var isEnding = false
        var hasGivenUp = false
    }

    private let state = Monitor(State())
    private let location: DatabaseLocation
    private let log: StageLog

    private static let mostWaiting = 10_000
    private static let mostAtOnce = 500

    init(_ location: DatabaseLocation, log: StageLog) {
        self.location = location
        self.log = log
        // Not joined: it may be waiting for a database that never answers.
        _ = Worker { [self] in run() }
    }

    /// Records that are not in the database yet.
    var waiting: Int { state.withLock { $0.records.count } }

    /// Takes a record on; never waits.
    func add(_ record: [UInt8]) {
        state.withLock { state in
            if state.records.count >= Self.mostWaiting {
                state.records.removeFirst()
                state.lost += 1
            }
            state.records.append(record)
        }
    }

    /// Waits until all of it is written.
    func finish(upTo patience: Duration) {
        state.withLock { $0.isEnding = true }
        _ = state.wait(upTo: patience) { state in
            state.hasGivenUp || state.records.isEmpty && !state.isWriting ? () : nil
        }
        let missing = state.withLock { $0.records.count + $0.lost }
        if missing > 0 { log.warning(.database, "\(missing) alerts are not in the database's history") }
    }

    private func run() {
        var store: (any Store)?
        var pause = Backoff(from: .seconds(1), to: .seconds(30))
        while true {
            let batch: [[UInt8]] = state.wait { state in
                guard !state.records.isEmpty else { return nil }
                state.isWriting = true
                return Array(state.records.prefix(Self.mostAtOnce))
            }!
            let error = write(batch, to: &store)
            if error != nil { store = nil }
            // One that a later try may cure: the records stay.
            let isAway = error?.kind == .unavailable || error?.kind == .inputOutput
            state.withLock { state in
                if !isAway { state.records.removeFirst(min(batch.count, state.records.count)) }
                state.isWriting = false
            }
            guard let error else {
                pause.reset()
                continue
            }
            log.warning(.database, "unable to keep the history of \(batch.count) alerts: \(error)")
            guard isAway else { continue }
            _ = state.wait(upTo: pause.next()) { $0.isEnding ? () : nil }
            let isOver = state.withLock { state in
                state.hasGivenUp = state.isEnding
                return state.isEnding
            }
            if isOver { return }
        }
    }

    private func write(_ records: [[UInt8]], to store: inout (any Store)?) -> StoreError? {
        // A database that nobody has made yet is not for us to make.
        if case .sqlite(let path) = location, access(path, F_OK) != 0 { return nil }
        var last: [AlertRevision: StorableLine] = [:]
        for line in records {
            guard let record = try? Record(line), let entry = try? StorableLine(line, number: 1) else {
                continue
            }
            let id = AlertRevision(id: record.text(Key.id) ?? "", revision: record.revision)
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
