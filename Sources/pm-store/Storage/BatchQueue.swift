import DequeModule
import Database
import PMPipe

/// The queue between pm-store's three threads: batches on their way to the database, lines on their way out.
///
/// It only decides; time is an argument. There is no timer: a batch has the lines that came in while the
/// batch before it was stored, one when idle and thousands under load.
package struct BatchQueue: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// The threads that empty the queue.
    package enum Consumer: Sendable {
        case writer, forwarder
    }

    /// The way to the end of the run.
    ///
    /// ``endInput(at:)`` leads from receiving to draining, ``stop(because:)`` from either to stopping, and
    /// ``fail(_:)`` from any phase to failed, which is final.
    private enum Phase: Sendable {
        /// The input is open.
        case receiving
        /// The input has ended. The database is waited for up to ``StoreLimits/patience``.
        case draining(since: Instant)
        /// Queued batches are stored if the database is available, and not waited for if it is not.
        case stopping(because: StageError?)
        /// Storing has failed. Nothing more is stored or passed on.
        case failed(StageError)
    }

    private let limits: StoreLimits
    private var phase = Phase.receiving
    private var consumers: Set<Consumer> = [.writer, .forwarder]
    private var gathering = QueuedBatch(ordinal: 0)
    /// Full batches, at most one while the database answers.
    private var waiting: Deque<QueuedBatch> = []
    /// Bytes of the batch that the writer is storing.
    private var bytesInFlight = 0
    private var held = HeldLines()
    /// The start of the wait for the database's answer; while it is being opened, the time of the first line.
    private var waitingSince: Instant?
    private var isDatabaseOpen = false
    private var counted = StoreFigures()

    package init(_ limits: StoreLimits) {
        self.limits = limits
    }

    // MARK: Input

    /// False when more input would not be stored.
    package var acceptsInput: Bool {
        if case .receiving = phase { true } else { false }
    }

    /// Adds as many of the lines as there is room for.
    ///
    /// - Returns: The number of added lines; `nil` for none.
    package mutating func add(_ lines: ArraySlice<CheckedLine>, at now: Instant) -> Int? {
        if !isDatabaseOpen { waitingSince = waitingSince ?? now }
        var count = 0
        for line in lines {
            guard hasRoom(at: now) else { break }
            add(line)
            count += 1
        }
        return count > 0 ? count : nil
    }

    private mutating func add(_ line: CheckedLine) {
        if isFull { seal() }
        switch line {
        case .storable(let line):
            if !gathering.batch.admits(line) { seal() }
            gathering.batch.add(line)
            held.add(line, batch: gathering.ordinal)
        case .rejected(let line):
            gathering.rejected.append(line)
        }
    }

    private func hasRoom(at now: Instant) -> Bool {
        isOverdue(at: now) ? heldBytes < limits.hold : !isFull || waiting.count < limits.waitingBatches
    }

    /// Returns the next batch if it is full and not encoded: the input thread encodes it while the writer
    /// stores the one before.
    package mutating func nextToEncode() -> QueuedBatch? {
        if isFull, waiting.isEmpty { seal() }
        return waiting.first.flatMap { $0.batch.isEncoded ? nil : $0 }
    }

    /// Puts the encoded batch in place of the plain one, unless the writer has taken that already.
    package mutating func replace(by encoded: QueuedBatch) {
        if waiting.first?.ordinal == encoded.ordinal { waiting[0] = encoded }
    }

    // MARK: The end

    package mutating func endInput(at now: Instant) {
        if acceptsInput { phase = .draining(since: now) }
    }

    /// Ends the input, and the wait for a database that is unavailable.
    ///
    /// - Parameter error: An error of the output. What has come in is stored all the same.
    package mutating func stop(because error: StageError? = nil) {
        switch phase {
        case .receiving, .draining: phase = .stopping(because: error)
        case .stopping(let earlier): phase = .stopping(because: earlier ?? error)
        case .failed: break
        }
    }

    /// Ends everything. The first failure stays.
    package mutating func fail(_ error: StageError) {
        if case .failed = phase { return }
        phase = .failed(error)
    }

    /// The error that ended the run.
    package var error: StageError? {
        switch phase {
        case .receiving, .draining: nil
        case .stopping(let error): error
        case .failed(let error): error
        }
    }

    package mutating func finish(_ consumer: Consumer) {
        consumers.remove(consumer)
        if consumer == .writer { waitingSince = nil }
    }

    /// True if the writer and the forwarder have finished.
    package var isFinished: Bool { consumers.isEmpty }

    // MARK: Batches to the database

    package enum WriterAction: Sendable {
        case store(QueuedBatch)
        case finish
    }

    /// Returns the writer's next action; `nil` to wait for lines. The writer has opened the database before.
    package mutating func nextWriterAction(at now: Instant) -> WriterAction? {
        isDatabaseOpen = true
        switch phase {
        case .failed: return .finish
        case .receiving where gathering.isEmpty && waiting.isEmpty: return nil
        case .draining where gathering.isEmpty && waiting.isEmpty: return .finish
        case .stopping where gathering.isEmpty && waiting.isEmpty: return .finish
        case .receiving, .draining, .stopping: break
        }
        if waiting.isEmpty { seal() }
        let next = waiting.removeFirst()
        bytesInFlight = next.batch.size
        waitingSince = waitingSince ?? now
        return .store(next)
    }

    /// Settles a batch: it is stored except for the lines with these numbers, which the database rejects.
    package mutating func settle(_ stored: QueuedBatch, except rejected: Set<Int>, roundTrips: Int) {
        bytesInFlight = 0
        waitingSince = nil
        let dropped = held.release(batch: stored.ordinal, except: rejected)
        // each line counts once: a rejected line that was passed on before counts as passed on
        counted.rejected += stored.rejected.count + dropped
        counted.rejectedAfterPassing += rejected.count - dropped
        counted.batches += stored.batch.hasNoRows ? 0 : 1
        counted.trades += stored.batch.tradeCount
        counted.roundTrips = roundTrips
        counted.lastMark = stored.batch.lastMarks.map(\.seq).max() ?? counted.lastMark
    }

    /// True if the writer must end its pause between two attempts.
    var endsPauses: Bool {
        switch phase {
        case .receiving, .draining: false
        case .stopping, .failed: true
        }
    }

    /// Returns true if the writer gives up on a database that has been unavailable since `start`.
    package func givesUp(onDatabaseUnavailableSince start: Instant, at now: Instant) -> Bool {
        switch phase {
        case .receiving: false
        case .draining(let end): now - max(start, end) > limits.patience
        case .stopping, .failed: true
        }
    }

    mutating func setDatabase(isAvailable: Bool) {
        counted.isAvailable = isAvailable
    }

    // MARK: Lines out

    package enum ForwarderAction: Sendable {
        case write([[UInt8]])
        /// Ask again at this time, when lines have waited long enough for the database.
        case wait(until: Instant?)
        case finish
    }

    package mutating func nextForwarderAction(at now: Instant) -> ForwarderAction {
        if isOverdue(at: now) { held.releaseAllButMarks() }
        if held.hasReleased { return .write(held.takeReleased()) }
        if case .failed = phase { return .finish }
        guard consumers.contains(.writer) else { return .finish }
        return .wait(until: isOverdue(at: now) ? nil : waitingSince.map { $0 + limits.passAfter })
    }

    mutating func countPassed(_ lines: Int) {
        counted.linesOut += lines
    }

    mutating func countPruned(_ rows: Int) {
        counted.pruned += rows
    }

    mutating func countDiscarded(_ lines: Int) {
        counted.discarded += lines
    }

    // MARK: State

    var figures: StoreFigures {
        var figures = counted
        figures.heldBytes = heldBytes
        return figures
    }

    /// Bytes that wait for the database.
    private var heldBytes: Int { waiting.reduce(gathering.batch.size + bytesInFlight) { $0 + $1.batch.size } }

    private var isFull: Bool {
        gathering.batch.lines.count >= limits.batchLines || gathering.batch.size >= limits.batchBytes
    }

    private func isOverdue(at now: Instant) -> Bool {
        waitingSince.map { now - $0 >= limits.passAfter } ?? false
    }

    private mutating func seal() {
        let next = QueuedBatch(ordinal: gathering.ordinal + 1)
        waiting.append(gathering)
        gathering = next
    }
}
