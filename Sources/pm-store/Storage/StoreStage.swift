import Database
import Glibc
import PMJSON
import PMPipe
import PMRecord

/// pm-store's main loop: lines in, rows to the database, the same lines out.
///
/// Three threads block: this one on the input, ``BatchWriter`` on the database, and ``LineForwarder`` on the
/// reader of the output. ``BatchQueue`` is between them.
package struct StoreStage: ~Copyable {
    private let location: DatabaseLocation
    private let limits: StoreLimits
    private let rejectsPath: String?
    private let isQuiet: Bool
    private let log: StageLog
    private let queue: Monitor<BatchQueue>
    private var tally = Tally()

    /// - Parameters:
    ///   - rejectsPath: The file for lines that cannot be stored; they are only counted when `nil`.
    ///   - isQuiet: True to pass nothing on.
    package init(
        in location: DatabaseLocation, limits: StoreLimits = StoreLimits(), rejectsPath: String?,
        isQuiet: Bool, log: StageLog
    ) {
        self.location = location
        self.limits = limits
        self.rejectsPath = rejectsPath
        self.isQuiet = isQuiet
        self.log = log
        queue = Monitor(BatchQueue(limits))
    }

    /// Runs until the input has ended and all of it is stored and passed on.
    ///
    /// - Returns: The counts of lines. Lines that the database rejected after they had been passed on count
    ///   among the rejected too.
    package mutating func run(
        from input: consuming LineReader = LineReader(), to output: CInt = STDOUT_FILENO,
        status: inout StatusFile
    ) throws(StageError) -> Tally {
        let writer = startWriter()
        let forwarder = startForwarder(to: output)
        let stop = StopSignal(readingFrom: input.descriptor)
        var inputError: StageError?
        do throws(StageError) {
            try read(from: &input, unless: stop, status: &status)
        } catch {
            inputError = error
            queue.withLock { $0.stop() }
        }
        if waitForThreads(unless: stop, status: &status) {
            writer.join()
            forwarder.join()
        } else {
            inputError = inputError ?? StopSignal.stoppedEarly
        }
        let figures = updateTally()
        status.finish(tally, at: .now, figures: { figures.write(to: &$0) })
        if let error = queue.withLock({ $0.error }) ?? inputError { throw error }
        tally.rejected += figures.rejectedAfterPassing
        return tally
    }

    /// Waits until the other threads have finished.
    ///
    /// After a stop request, a thread that is blocked (by a lock in the database, or by a reader that does
    /// not read) gets 2 s and is then abandoned. Its batch is replayed at the next start.
    ///
    /// - Returns: False when a thread was abandoned.
    private mutating func waitForThreads(unless stop: StopSignal, status: inout StatusFile) -> Bool {
        var deadline: ContinuousClock.Instant?
        while queue.wait(upTo: status.untilDue(at: .now), until: { $0.isFinished ? true : nil }) == nil {
            report(to: &status)
            guard stop.isRequested else { continue }
            queue.withLock { $0.stop() }
            deadline = deadline ?? .now + .seconds(2)
            if let deadline, deadline < .now { return false }
        }
        return true
    }

    // MARK: The input thread

    private mutating func read(
        from input: inout LineReader, unless stop: StopSignal, status: inout StatusFile
    ) throws(StageError) {
        while queue.withLock({ $0.acceptsInput }) {
            let arrival = try input.wait(upTo: status.untilDue(at: .now))
            if arrival != .nothing {
                tally.lastInputAt = .now()
                try enqueue(checkedLines(from: &input), unless: stop, status: &status)
            }
            report(to: &status)
            if arrival == .end { break }
            if stop.isRequested { throw StopSignal.stoppedEarly }
        }
        queue.withLock { $0.endInput(at: .now) }
    }

    /// Checks the lines that one read has completed.
    private mutating func checkedLines(from input: inout LineReader) -> [CheckedLine] {
        var lines: [CheckedLine] = []
        input.forEachLine { line, isTooLong in
            tally.linesIn += 1
            let bytes = line.withUnsafeBufferPointer { Array($0) }
            do throws(InvalidRecord) {
                guard !isTooLong else { throw InvalidRecord("longer than 1 MiB") }
                lines.append(.storable(try StorableLine(bytes, number: tally.linesIn)))
            } catch {
                lines.append(
                    .rejected(RejectedLine(number: tally.linesIn, line: bytes, reason: error.description)))
            }
        }
        return lines
    }

    /// Adds the lines to the queue, waiting for room where there is none.
    ///
    /// - Throws: ``StopSignal/stoppedEarly`` after a stop request while there is no room, as with a database
    ///   that stays unavailable.
    private mutating func enqueue(
        _ lines: [CheckedLine], unless stop: StopSignal, status: inout StatusFile
    ) throws(StageError) {
        var rest = lines[...]
        while !rest.isEmpty {
            let offered = rest
            let taken = queue.wait(upTo: status.untilDue(at: .now)) { queue -> Int? in
                guard queue.acceptsInput else { return offered.count }
                return queue.add(offered, at: .now)
            }
            if taken == nil, stop.isRequested { throw StopSignal.stoppedEarly }
            rest = rest.dropFirst(taken ?? 0)
            if var next = queue.withLock({ $0.nextToEncode() }) {
                next.batch.encode(for: location)
                queue.withLock { $0.replace(by: next) }
            }
            report(to: &status)
        }
    }

    private mutating func report(to status: inout StatusFile) {
        let figures = updateTally()
        status.refresh(tally, at: .now, figures: { figures.write(to: &$0) })
    }

    private mutating func updateTally() -> StoreFigures {
        let figures = queue.withLock { $0.figures }
        tally.linesOut = figures.linesOut
        tally.rejected = figures.rejected
        tally.lastMark = figures.lastMark
        tally.dropped = isQuiet ? ["quiet": figures.discarded] : [:]
        return figures
    }

    // MARK: The other threads

    private func startWriter() -> Worker {
        let (queue, limits, location, log) = (queue, limits, location, log)
        let path = rejectsPath
        return Worker {
            do throws(StageError) {
                let writer = BatchWriter(
                    to: location.makeStore(), from: queue, limits,
                    rejects: try Rejects(stage: "pm-store", path: path, log: log), log: log)
                try writer.run()
            } catch {
                queue.withLock { $0.fail(error) }
            }
            queue.withLock { $0.finish(.writer) }
        }
    }

    private func startForwarder(to output: CInt) -> Worker {
        let (queue, isQuiet) = (queue, isQuiet)
        return Worker {
            var forwarder = LineForwarder(from: queue, to: output, isQuiet: isQuiet)
            do throws(StageError) {
                try forwarder.run()
            } catch {
                queue.withLock { $0.stop(because: error) }
            }
            queue.withLock { $0.finish(.forwarder) }
        }
    }
}
