import Database
import Glibc
import PMJSON
import PMPipe
import PMRecord

/// pm-store at work: lines in, rows to the database, the same lines out.
///
/// Three parties block, each on a thread of its own: the input (this thread), the database, and the reader of
/// the output. Between them stands a ``BatchFlow``.
package struct Storing: ~Copyable {
    private let location: DatabaseLocation
    private let limits: StoringLimits
    private let rejectsPath: String?
    private let isQuiet: Bool
    private let log: StageLog
    private let flow: Monitor<BatchFlow>
    private var tally = Tally()

    /// - Parameters:
    ///   - rejectsPath: Where the lines are kept that could not be stored.
    ///   - isQuiet: Whether nothing is passed on.
    package init(
        in location: DatabaseLocation, limits: StoringLimits = StoringLimits(), rejectsPath: String?,
        isQuiet: Bool, log: StageLog
    ) {
        self.location = location
        self.limits = limits
        self.rejectsPath = rejectsPath
        self.isQuiet = isQuiet
        self.log = log
        flow = Monitor(BatchFlow(limits))
    }

    /// Runs until the input has ended and all of it is stored and passed on.
    ///
    /// - Returns: What came in and what became of it; among the rejected are those, too, that had left before the
    ///   database refused them.
    package mutating func run(
        from input: consuming LineReader = LineReader(), to output: CInt = STDOUT_FILENO,
        status: inout StatusFile
    ) throws(StageError) -> Tally {
        let writer = startWriter()
        let passer = startPasser(to: output)
        let stop = StopSignal(readingFrom: input.descriptor)
        var ending: StageError?
        do throws(StageError) {
            try gather(from: &input, unless: stop, status: &status)
        } catch {
            ending = error
            flow.withLock { $0.hurry(at: .now) }
        }
        if isOver(unless: stop, status: &status) {
            writer.join()
            passer.join()
        } else {
            ending = ending ?? StopSignal.stoppedEarly
        }
        let figures = count()
        status.finish(tally, at: .now, figures: { figures.write(to: &$0) })
        if let error = flow.withLock({ $0.failure ?? $0.departure }) ?? ending { throw error }
        tally.rejected += figures.refusedTooLate
        return tally
    }

    /// Waits until the other threads are done.
    ///
    /// - Returns: Whether they are. One that waits for a lock of the database, or for a reader that reads nothing,
    ///   is waited for a little once we are told to stop, and then left: what it was at is replayed.
    private mutating func isOver(unless stop: StopSignal, status: inout StatusFile) -> Bool {
        var deadline: ContinuousClock.Instant?
        while flow.wait(upTo: status.untilDue(at: .now), until: { $0.isOver ? true : nil }) == nil {
            report(to: &status)
            guard stop.isRequested else { continue }
            flow.withLock { $0.hurry(at: .now) }
            deadline = deadline ?? .now + .seconds(2)
            if let deadline, deadline < .now { return false }
        }
        return true
    }

    // MARK: The thread that waits for input

    private mutating func gather(
        from input: inout LineReader, unless stop: StopSignal, status: inout StatusFile
    ) throws(StageError) {
        while flow.withLock({ !$0.isAbandoned }) {
            let arrival = try input.wait(upTo: status.untilDue(at: .now))
            if arrival != .nothing {
                tally.lastInputAt = .now()
                try handOver(lines(from: &input), unless: stop, status: &status)
            }
            report(to: &status)
            if arrival == .end { break }
            if stop.isRequested { throw StopSignal.stoppedEarly }
        }
        flow.withLock { $0.endInput(at: .now) }
    }

    /// The lines that one read completed, checked.
    private mutating func lines(from input: inout LineReader) -> [Arrived] {
        var lines: [Arrived] = []
        input.forEachLine { line, isTooLong in
            tally.linesIn += 1
            let bytes = line.withUnsafeBufferPointer { Array($0) }
            do throws(Unstorable) {
                guard !isTooLong else { throw Unstorable("longer than 1 MiB") }
                lines.append(.entry(try Entry(bytes, number: tally.linesIn)))
            } catch {
                lines.append(
                    .refusal(Refusal(number: tally.linesIn, line: bytes, reason: error.description)))
            }
        }
        return lines
    }

    /// Hands over as many as there is room for at once, and the rest when there is.
    ///
    /// - Throws: When told to stop while there is none, as with a database that stays away.
    private mutating func handOver(
        _ lines: [Arrived], unless stop: StopSignal, status: inout StatusFile
    ) throws(StageError) {
        var rest = lines[...]
        while !rest.isEmpty {
            let offered = rest
            let taken = flow.wait(upTo: status.untilDue(at: .now)) { flow -> Int? in
                if flow.isAbandoned { return offered.count }
                return flow.add(offered, at: .now)
            }
            if taken == nil, stop.isRequested { throw StopSignal.stoppedEarly }
            rest = rest.dropFirst(taken ?? 0)
            if var next = flow.withLock({ $0.nextToPack() }) {
                next.batch.pack(for: location)
                flow.withLock { $0.replace(by: next) }
            }
            report(to: &status)
        }
    }

    private mutating func report(to status: inout StatusFile) {
        let figures = count()
        status.refresh(tally, at: .now, figures: { figures.write(to: &$0) })
    }

    private mutating func count() -> StoringFigures {
        let figures = flow.withLock { $0.currentFigures }
        tally.linesOut = figures.linesOut
        tally.rejected = figures.refused
        tally.lastMark = figures.lastMark
        tally.dropped = isQuiet ? ["quiet": figures.quiet] : [:]
        return figures
    }

    // MARK: The other threads

    private func startWriter() -> Worker {
        let (flow, limits, location, log) = (flow, limits, location, log)
        let path = rejectsPath
        return Worker {
            do throws(StageError) {
                let writer = BatchWriter(
                    to: location.makeStore(), from: flow, limits,
                    rejects: try Rejects(stage: "pm-store", path: path), log: log)
                try writer.run()
            } catch {
                flow.withLock { $0.fail(error) }
            }
            flow.withLock { $0.endStoring() }
        }
    }

    private func startPasser(to output: CInt) -> Worker {
        let (flow, isQuiet) = (flow, isQuiet)
        return Worker {
            var passer = LinePasser(from: flow, to: output, isQuiet: isQuiet)
            do throws(StageError) {
                try passer.run()
            } catch {
                flow.withLock { $0.leave(error, at: .now) }
            }
            flow.withLock { $0.endPassingOn() }
        }
    }
}
