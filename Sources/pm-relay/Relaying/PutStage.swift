import Glibc
import NATS
import PMJSON
import PMPipe
import PMRecord

/// `pm-relay put`: publishes each line to a stream, and emits it once the cluster has acknowledged it.
///
/// Marks are not published. A mark is emitted, and the cursor of its source is raised to it, once every line before it
/// is acknowledged.
package struct PutStage: ~Copyable {
    private let stream: RelayStream
    private let cluster: Cluster
    private let keep: Duration
    private let isQuiet: Bool
    private let log: StageLog
    private let inbox = Inbox()
    private var window = PublishWindow()
    private var rejects: Rejects
    private var tally = Tally()
    private var duplicates = 0
    private var failures = 0
    /// The last mark of each source that was emitted after the cursors were last raised.
    private var marks: [String: Mark] = [:]
    private var cursorsDue = ContinuousClock.now
    /// The time of the last acknowledgement, or of the last moment at which nothing waited for one.
    private var lastProgress = ContinuousClock.now

    /// The longest wait for the answer to one message: an election takes longer, and its messages are sent again.
    private static let answerTimeout = Duration.seconds(5)
    /// The longest time after which an emitted mark is in the cursor. A raise is one more round trip.
    private static let cursorPause = Duration.milliseconds(500)

    /// - Parameters:
    ///   - keep: The time for which a stream that is made here keeps its messages.
    ///   - isQuiet: True to emit nothing.
    package init(
        to stream: RelayStream, in cluster: Cluster, keep: Duration, isQuiet: Bool, rejectsPath: String?,
        log: StageLog
    ) throws(StageError) {
        self.stream = stream
        self.cluster = cluster
        self.keep = keep
        self.isQuiet = isQuiet
        self.log = log
        rejects = try Rejects(stage: "pm-relay", path: rejectsPath)
    }

    /// Runs until the input has ended and all of it is acknowledged.
    ///
    /// - Throws: ``ExitStatus/unavailable`` when the cluster acknowledges nothing for longer than its patience after
    ///   the end of input; ``ExitStatus/tryAgain`` when a signal stops the stage earlier.
    package mutating func run(status: inout StatusFile) throws(StageError) -> Tally {
        var input = LineReader()
        var output = LineWriter()
        let stop = StopSignal(readingFrom: input.descriptor)
        let connection = try cluster.connect(as: "pm-relay put \(stream.name)", inbox: inbox, log: log) {
            () throws(StageError) in
            if stop.isRequested { throw StopSignal.stoppedEarly }
        }
        let (stream, replicas, keep) = (stream, cluster.replicas, keep)
        let state = try cluster.retry(
            "make stream \(stream.name)", log: log, whileWaiting: stopIfRequested(stop)
        ) {
            () throws(NATSError) in try connection.makeStream(stream.settings(replicas: replicas, keep: keep))
        }
        log.info("publishing to stream \(stream.name), which has \(state.last) lines")
        var cursors = try cluster.retry("open the cursors", log: log, whileWaiting: stopIfRequested(stop)) {
            () throws(NATSError) in try CursorBook(of: stream, replicas: replicas, on: connection)
        }
        var hasEnded = false
        while true {
            let now = ContinuousClock.now
            receive(at: now)
            try advance(on: connection, to: &output, at: now)
            try rejects.flush()
            try output.flush()
            raise(&cursors, at: now, isLast: hasEnded && window.isEmpty)
            report(to: &status)
            if hasEnded, window.isEmpty, marks.isEmpty { break }
            if stop.isRequested { throw StopSignal.stoppedEarly }
            if hasEnded, now - lastProgress > cluster.patience {
                throw StageError(
                    .unavailable, "\(window.count) lines without an acknowledgement for \(cluster.patience)")
            }
            if try wait(for: &input, hasEnded: hasEnded, upTo: status.untilDue(at: now), at: now) {
                hasEnded = true
            }
        }
        finish(&status)
        return tally
    }

    private func stopIfRequested(_ stop: StopSignal) -> () throws(StageError) -> Void {
        { () throws(StageError) in if stop.isRequested { throw StopSignal.stoppedEarly } }
    }

    // MARK: Input

    /// Waits for lines, where there is room for them, or for acknowledgements, and takes the lines in.
    ///
    /// - Returns: True if the input has ended.
    private mutating func wait(
        for input: inout LineReader, hasEnded: Bool, upTo limit: Duration, at now: ContinuousClock.Instant
    ) throws(StageError) -> Bool {
        var timeout = min(limit, .milliseconds(200))
        if let wake = window.wake(at: now) { timeout = min(timeout, max(.milliseconds(1), wake - now)) }
        let readsInput = !hasEnded && window.hasRoom
        var interests = [
            pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: readsInput ? input.descriptor : -1, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds =
            timeout.components.seconds * 1000 + timeout.components.attoseconds / 1_000_000_000_000_000
        poll(&interests, 2, CInt(clamping: milliseconds))
        guard readsInput, interests[1].revents != 0 else { return false }
        let arrival = try input.wait(upTo: .zero)
        guard arrival != .nothing else { return false }
        if window.isEmpty { lastProgress = .now }
        tally.lastInputAt = .now()
        input.forEachNumberedLine { line, number, isTooLong in
            accept(line, number: number, isTooLong: isTooLong)
        }
        return arrival == .end
    }

    private mutating func accept(_ line: Span<UInt8>, number: Int, isTooLong: Bool) {
        tally.linesIn += 1
        guard !isTooLong else { return reject(line, number: number, reason: "longer than 1 MiB") }
        let bytes = line.withUnsafeBufferPointer { Array($0) }
        do throws(JSONError) {
            let record = try Record(bytes)
            if let mark = Mark(record) {
                window.add(mark, line: bytes)
            } else {
                window.add(
                    PublishWindow.Outgoing(
                        line: bytes, lineNumber: number, subject: stream.subject(Partition(of: record)),
                        id: messageID(of: record)
                    ))
            }
        } catch {
            reject(line, number: number, reason: error.description)
        }
    }

    private mutating func reject(_ line: Span<UInt8>, number: Int, reason: String) {
        tally.rejected += 1
        if tally.rejected == 1 { log.warning(.input, "line \(number) rejected: \(reason)") }
        rejects.add(line, number: number, reason: reason)
    }

    // MARK: The cluster

    private mutating func receive(at now: ContinuousClock.Instant) {
        for acknowledgement in inbox.take() {
            switch acknowledgement.outcome {
            case .stored(_, let isDuplicate):
                if isDuplicate { duplicates += 1 }
                if failures > 0 { log.notice("the cluster stores lines again") }
                failures = 0
                lastProgress = now
                window.stored(acknowledgement.number)
            // 10054: the message is larger than the stream takes.
            case .failed(10054, let reason): refuse(acknowledgement.number, reason: reason)
            case .failed(_, let reason): fail(acknowledgement.number, reason: reason, at: now)
            }
        }
    }

    private mutating func advance(
        on connection: Connection, to output: inout LineWriter, at now: ContinuousClock.Instant
    ) throws(StageError) {
        while let action = window.next(at: now) {
            switch action {
            case .emit(let line, let mark):
                if let mark {
                    marks[mark.stream] = mark
                    tally.lastMark = mark.seq
                }
                if isQuiet {
                    tally.dropped["quiet", default: 0] += 1
                } else {
                    output.append(line)
                    tally.linesOut += 1
                }
            case .publish(let number, let message):
                publish(message, number: number, on: connection, at: now)
            }
        }
    }

    private mutating func publish(
        _ message: PublishWindow.Outgoing, number: Int, on connection: Connection,
        at now: ContinuousClock.Instant
    ) {
        let largest = connection.largestMessage
        guard largest == 0 || message.line.count + 512 <= largest else {
            return refuse(
                number, reason: "\(message.line.count) bytes; the cluster takes \(largest), headers included")
        }
        do throws(NATSError) {
            try connection.publish(
                message.line, to: message.subject, id: message.id, number: number, timeout: Self.answerTimeout
            )
        } catch {
            fail(number, reason: error.description, at: now)
        }
    }

    private mutating func fail(_ number: Int, reason: String, at now: ContinuousClock.Instant) {
        failures += 1
        let sentence = "the cluster did not store a line: \(reason); sending again"
        if failures == 1 { log.warning(.database, sentence) } else { log.count(.database) }
        window.failed(number, at: now)
    }

    private mutating func refuse(_ number: Int, reason: String) {
        guard let message = window.refused(number) else { return }
        tally.rejected += 1
        log.warning(.input, "line \(message.lineNumber) is not published: \(reason)")
        rejects.add(message.line.span, number: message.lineNumber, reason: reason)
    }

    /// Raises the cursors to the marks emitted. A failure is tried again later.
    private mutating func raise(_ cursors: inout CursorBook, at now: ContinuousClock.Instant, isLast: Bool) {
        guard !marks.isEmpty, isLast || now >= cursorsDue else { return }
        cursorsDue = now + Self.cursorPause
        for (source, mark) in marks {
            do throws(NATSError) {
                try cursors.raise(to: mark)
                marks[source] = nil
            } catch {
                log.count(.database)
                log.debug("unable to raise the cursor: \(error)")
            }
        }
    }

    // MARK: Status

    private func report(to status: inout StatusFile) {
        let (waiting, duplicates) = (window.count, duplicates)
        status.refresh(tally, at: .now) { $0.writeRelay(waiting: waiting, duplicates: duplicates) }
    }

    private func finish(_ status: inout StatusFile) {
        let (waiting, duplicates) = (window.count, duplicates)
        status.finish(tally, at: .now) { $0.writeRelay(waiting: waiting, duplicates: duplicates) }
    }
}

extension JSONWriter {
    fileprivate mutating func writeRelay(waiting: Int, duplicates: Int) {
        member("unacknowledged", waiting)
        member("duplicates", duplicates)
    }
}
