import Glibc
import NATS
import PMFlow
import PMJSON
import PMPipe
import PMRecord

/// `pm-relay take`: emits the lines of a stream in order, with marks.
///
/// `seq` becomes the line's number in the stream, because the numbers of several sources cannot be compared.
package struct TakeStage: ~Copyable {
    /// The line to begin with.
    package enum Start: Sendable, Equatable {
        /// The line after this number.
        case after(UInt64)
        /// The line after the cursor of this stream among the cursors; the first line where there is none.
        case cursors([Mark])
        /// The first line stored since that time.
        case since(Timestamp)
    }

    private let stream: RelayStream
    private let part: Partition?
    private let start: Start
    private let follows: Bool
    private let cluster: Cluster
    private let log: StageLog
    private var output = LineWriter()
    private var rejects: Rejects
    private var tally = Tally()
    private var markStream = ""
    /// The number of the last line read.
    private var last: UInt64 = 0
    private var lastMark: UInt64 = 0
    private var markDue = ContinuousClock.now

    private static let linesBetweenMarks: UInt64 = 200
    private static let markPause = Duration.seconds(1)

    /// - Parameters:
    ///   - part: The part to read; all of them when `nil`.
    ///   - follows: False to end at the stream's last line.
    package init(
        from stream: RelayStream, part: Partition?, start: Start, follows: Bool, in cluster: Cluster,
        rejectsPath: String?, log: StageLog
    ) throws(StageError) {
        self.stream = stream
        self.part = part
        self.start = start
        self.follows = follows
        self.cluster = cluster
        self.log = log
        rejects = try Rejects(stage: "pm-relay", path: rejectsPath)
    }

    /// Runs until a signal stops it or, where it does not follow, until the last line.
    ///
    /// - Throws: ``ExitStatus/configuration`` if the stream ends before the line to begin with: it has lost lines.
    package mutating func run(status: inout StatusFile) throws(StageError) -> Tally {
        let stop = StopSignal()
        let (cluster, log, stream) = (cluster, log, stream)
        let stopIfRequested = { () throws(StageError) in if stop.isRequested { throw StopSignal.stoppedEarly }
        }
        let connection = try cluster.connect(
            as: "pm-relay take \(stream.name)", log: log, whileWaiting: stopIfRequested)
        let state = try cluster.retry("read stream \(stream.name)", log: log, whileWaiting: stopIfRequested) {
            () throws(NATSError) in try connection.state(ofStream: stream.streamName)
        }
        markStream = stream.markStream(state, part: part)
        var next = try firstLine(of: state)
        while true {
            let (part, start) = (part, next)
            let reader = try cluster.retry(
                "read stream \(stream.name)", log: log, whileWaiting: stopIfRequested
            ) {
                () throws(NATSError) in
                try StreamReader(
                    of: stream.streamName, subject: part.map(stream.subject) ?? stream.anySubject,
                    from: start,
                    on: connection)
            }
            switch try read(reader, unless: stop, status: &status) {
            case .end:
                emitMark()
                try flush()
                status.finish(tally, at: .now)
                return tally
            case .broken(let error):
                log.warning(.database, "unable to read stream \(stream.name): \(error); trying again")
                if last > 0 { next = .sequence(last + 1) }
            }
        }
    }

    // MARK: The first line

    /// - Throws: ``ExitStatus/configuration`` if the stream ends before the line to begin with: it has lost lines.
    private mutating func firstLine(of state: StreamState) throws(StageError) -> StreamReader.Start {
        let after: UInt64
        var since: Timestamp?
        switch start {
        case .since(let time): return .time(time.milliseconds * 1_000_000)
        case .after(let number): after = number
        case .cursors(let cursors):
            let cursor = cursors.first { $0.stream == markStream }
            (after, since) = (cursor?.seq ?? 0, cursor?.time)
        }
        guard after <= state.last else {
            throw StageError(
                .configuration,
                "stream \(stream.name) ends at line \(state.last), before line \(after) that was read earlier; "
                    + "publish the journals again: cat JOURNAL/*.ndjson | pm-relay put \(stream.name)")
        }
        if after > 0, after + 1 < state.first {
            emitGap(from: after + 1, to: state.first - 1, since: since)
        }
        // With all parts, the numbers that follow have no holes; `last` is what finds one.
        if part == nil { last = max(after, state.first - 1) }
        return .sequence(after + 1)
    }

    /// Emits a gap for lines that the stream no longer has.
    private mutating func emitGap(from first: UInt64, to end: UInt64, since: Timestamp?) {
        log.warning(.database, "lines \(first) to \(end) of stream \(stream.name) are no longer kept")
        let now = Timestamp.now()
        var writer = JSONWriter()
        writer.object { gap in
            gap.member(Key.kind, Kind.gap.rawValue)
            gap.member(Key.id, "\(markStream)-\(first)")
            gap.member(Key.seq, end)
            gap.member(Key.state, "unrecoverable")
            gap.member(Key.from, (since ?? now).description)
            gap.member(Key.to, now.description)
            gap.member(Key.cause, "retention")
            gap.member(Key.recovered, 0)
        }
        output.append(writer.bytes)
        tally.amended += 1
        tally.linesOut += 1
    }

    // MARK: Lines

    private enum ReadEnd {
        /// A signal, or the stream's last line where the stage does not follow.
        case end
        /// The subscription has ended; it must be made again.
        case broken(NATSError)
    }

    private mutating func read(
        _ reader: borrowing StreamReader, unless stop: StopSignal, status: inout StatusFile
    ) throws(StageError) -> ReadEnd {
        var remaining: UInt64
        do throws(NATSError) { remaining = follows ? .max : try reader.countMessages() } catch {
            return .broken(error)
        }
        var hasFlushed = false
        while remaining > 0, !stop.isRequested {
            let message: StreamMessage?
            let pause = min(.milliseconds(200), status.untilDue(at: .now))
            do throws(NATSError) {
                message = try reader.next(upTo: hasFlushed ? pause : .zero)
            } catch { return .broken(error) }
            if let message {
                accept(message)
                remaining -= 1
                hasFlushed = false
            }
            if last >= lastMark + Self.linesBetweenMarks || ContinuousClock.now >= markDue {
                emitMark()
                hasFlushed = false
            }
            if message == nil, !hasFlushed {
                try flush()
                hasFlushed = true
            }
            status.refresh(tally, at: .now)
        }
        return .end
    }

    private mutating func accept(_ message: StreamMessage) {
        if part == nil, last > 0, message.sequence > last + 1 {
            emitGap(from: last + 1, to: message.sequence - 1, since: nil)
        }
        last = message.sequence
        tally.linesIn += 1
        tally.lastInputAt = .now()
        do throws(JSONError) {
            let record = try Record(message.body)
            var splice = Splice()
            splice.set(Key.seq, to: Array(String(message.sequence).utf8))
            output.append(record.applying(splice))
            tally.linesOut += 1
        } catch {
            tally.rejected += 1
            rejects.add(message.body.span, number: Int(clamping: message.sequence), reason: error.description)
        }
    }

    /// Emits a mark for the last line read, unless it has one.
    private mutating func emitMark() {
        markDue = .now + Self.markPause
        guard last > lastMark, tally.linesIn > 0 else { return }
        output.append(Mark(stream: markStream, seq: last, time: .now()).line)
        tally.amended += 1
        tally.linesOut += 1
        (lastMark, tally.lastMark) = (last, last)
    }

    private mutating func flush() throws(StageError) {
        try rejects.flush()
        try output.flush()
    }
}
