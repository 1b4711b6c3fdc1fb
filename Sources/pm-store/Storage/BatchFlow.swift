import Collections
import Database
import PMPipe

/// A line that could not be stored, and why.
package struct Refusal: Sendable {
    let number: Int
    let line: [UInt8]
    let reason: String

    package init(number: Int, line: [UInt8], reason: String) {
        self.number = number
        self.line = line
        self.reason = reason
    }
}

/// A line that has come in, checked.
package enum Arrived: Sendable {
    case entry(Entry)
    case refusal(Refusal)
}

/// What the storing thread takes at a time: a batch, and the lines among it that were no use.
package struct Portion: Sendable {
    let ordinal: Int
    package var batch = Batch()
    package var refusals: [Refusal] = []

    var isEmpty: Bool { batch.isEmpty && refusals.isEmpty }
}

/// How much pm-store takes at a time, and what it does while the database is away.
package struct StoringLimits: Sendable {
    /// Lines that a batch may hold.
    package var batchLines = 5000
    /// Bytes at which a batch is full.
    package var batchBytes = 16 << 20
    /// Bytes held for a database that is away; beyond that the input waits.
    package var hold = 64 << 20
    /// How long lines wait for the database before they leave without it.
    package var passAfter = Duration.seconds(1)
    /// How long to wait for the database once the input has ended.
    package var patience = Duration.seconds(300)
    /// The waits between attempts.
    package var retry = Duration.milliseconds(100)...Duration.seconds(5)

    package init() {}
}

/// What stands between the threads of pm-store: batches on their way to the database, lines on their way out.
///
/// A value that decides; time is an argument. There is no timer: a batch is what has gathered while the one
/// before it was stored, one line when idle and thousands under load.
package struct BatchFlow: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private let limits: StoringLimits
    private var gathering = Portion(ordinal: 0)
    /// Full batches: one at most while the database answers.
    private var waiting: Deque<Portion> = []
    private var inFlight = 0
    private var outbox = HeldLines()
    /// Since when the database has owed an answer; while it is still being opened, since the first line.
    private var owedSince: Instant?
    private var isOpened = false
    private var isStored = false
    private var isPassedOn = false
    private(set) var inputEndedAt: Instant?
    /// Whether to end without waiting for a database that is away.
    private(set) var isHurried = false
    /// Why storing failed.
    package private(set) var failure: StageError?
    /// Why passing on did.
    private(set) var departure: StageError?
    var figures = StoringFigures()

    package init(_ limits: StoringLimits) {
        self.limits = limits
    }

    // MARK: Lines in

    /// Whether another line may come.
    private func hasRoom(at now: Instant) -> Bool {
        isOverdue(at: now) ? heldBytes < limits.hold : !isFull || waiting.isEmpty
    }

    /// Takes as many of the lines as there is room for.
    ///
    /// - Returns: How many; `nil` for none.
    package mutating func add(_ lines: ArraySlice<Arrived>, at now: Instant) -> Int? {
        if !isOpened { owedSince = owedSince ?? now }
        var count = 0
        for line in lines {
            guard hasRoom(at: now) else { break }
            add(line)
            count += 1
        }
        return count > 0 ? count : nil
    }

    private mutating func add(_ line: Arrived) {
        if isFull { seal() }
        switch line {
        case .entry(let entry):
            if !gathering.batch.admits(entry) { seal() }
            gathering.batch.add(entry)
            outbox.add(entry, batch: gathering.ordinal)
        case .refusal(let refusal):
            gathering.refusals.append(refusal)
        }
    }

    /// The batch that is stored next, if it is full: whoever gathers packs it while the one before is stored.
    package mutating func nextToPack() -> Portion? {
        if isFull, waiting.isEmpty { seal() }
        return waiting.first.flatMap { $0.batch.isPacked ? nil : $0 }
    }

    /// Has the batch stored in its packed form, unless it has gone already as it was.
    package mutating func replace(by packed: Portion) {
        if waiting.first?.ordinal == packed.ordinal { waiting[0] = packed }
    }

    package mutating func endInput(at now: Instant) {
        inputEndedAt = inputEndedAt ?? now
    }

    /// Ends the input; what has come is stored if the database is there, and not waited for if it is away.
    package mutating func hurry(at now: Instant) {
        endInput(at: now)
        isHurried = true
    }

    /// The reader of our output is gone, or cannot be written to. What has come is stored all the same.
    package mutating func leave(_ error: StageError, at now: Instant) {
        departure = error
        hurry(at: now)
    }

    /// Whether nobody wants more input.
    package var isAbandoned: Bool { isHurried || failure != nil }

    // MARK: Batches to the database

    package enum Work: Sendable {
        case store(Portion)
        case nothingMore
    }

    /// What is to be stored next; `nil` when there is nothing yet. Who asks has opened the database.
    package mutating func nextWork(at now: Instant) -> Work? {
        isOpened = true
        guard failure == nil else { return .nothingMore }
        guard !gathering.isEmpty || !waiting.isEmpty else { return inputEndedAt == nil ? nil : .nothingMore }
        if waiting.isEmpty { seal() }
        let portion = waiting.removeFirst()
        inFlight = portion.batch.size
        owedSince = owedSince ?? now
        return .store(portion)
    }

    /// The portion is stored, all but the lines of those numbers.
    package mutating func settle(_ portion: Portion, except refused: Set<Int>, roundTrips: Int) {
        inFlight = 0
        owedSince = nil
        let kept = outbox.release(batch: portion.ordinal, except: refused)
        // each line counts once: one that had left already is among those that went out
        figures.refused += portion.refusals.count + kept
        figures.refusedTooLate += refused.count - kept
        figures.batches += portion.batch.holdsNoRow ? 0 : 1
        figures.trades += portion.batch.tradeCount
        figures.roundTrips = roundTrips
        figures.lastMark = portion.batch.lastMarks.map(\.seq).max() ?? figures.lastMark
    }

    /// Whether the other two threads are done.
    package var isOver: Bool { isStored && isPassedOn }

    package mutating func endStoring() {
        isStored = true
        owedSince = nil
    }

    package mutating func endPassingOn() {
        isPassedOn = true
    }

    /// The first failure is the one that is told.
    package mutating func fail(_ error: StageError) {
        failure = failure ?? error
    }

    // MARK: Lines out

    package enum Output: Sendable {
        case lines([[UInt8]])
        /// Ask again then, for lines that have waited long enough for the database.
        case nothing(until: Instant?)
        case nothingMore
    }

    package mutating func nextOutput(at now: Instant) -> Output {
        if isOverdue(at: now) { outbox.releaseAllButMarks() }
        if outbox.hasSomethingToTake { return .lines(outbox.take()) }
        if isStored || failure != nil { return .nothingMore }
        return .nothing(until: isOverdue(at: now) ? nil : owedSince.map { $0 + limits.passAfter })
    }

    var currentFigures: StoringFigures {
        var figures = figures
        figures.heldBytes = heldBytes
        return figures
    }

    /// Bytes that wait for the database.
    private var heldBytes: Int { waiting.reduce(gathering.batch.size + inFlight) { $0 + $1.batch.size } }

    private var isFull: Bool {
        gathering.batch.entries.count >= limits.batchLines || gathering.batch.size >= limits.batchBytes
    }

    private func isOverdue(at now: Instant) -> Bool {
        owedSince.map { now - $0 >= limits.passAfter } ?? false
    }

    private mutating func seal() {
        let next = Portion(ordinal: gathering.ordinal + 1)
        waiting.append(gathering)
        gathering = next
    }
}
