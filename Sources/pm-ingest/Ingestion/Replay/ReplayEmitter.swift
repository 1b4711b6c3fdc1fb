import PMJSON
import PMPipe
import PMRecord

/// Decodes the pieces of a recording, and emits their trades at the speed of the replay.
struct ReplayEmitter: ~Copyable {
    private var output = LineWriter()
    private var rejects: Rejects
    private var status: StatusFile
    private let decoder = FrameDecoder(via: .replay)
    private var sequencer = TradeSequencer()
    private var tally = IngestTally()
    private var pace: ReplayPace
    private var chaos: ChaosInjector?
    let stop = StopSignal()
    /// The line of the last piece.
    private var line = 0

    init(
        at speed: ReplaySpeed, chaos: ChaosInjector?, rejects: consuming Rejects, status: consuming StatusFile
    ) {
        self.chaos = chaos
        self.rejects = rejects
        self.status = status
        pace = ReplayPace(speed)
    }

    /// The number of lines emitted.
    var emitted: Int { tally.lines.linesOut }

    /// The time until the status file must be written again.
    var untilDue: Duration { status.untilDue(at: .now) }

    /// Takes a piece of the recording.
    ///
    /// - Returns: `false` for a line whose value goes on in the next line.
    mutating func take(_ piece: ValueFramer.Piece, _ bytes: Span<UInt8>, line: Int) throws(StageError) -> Bool
    {
        guard !stop.isRequested else { return true }
        self.line = line
        switch piece {
        case .unreadable(let reason):
            tally.frames += 1
            tally.lines.linesIn += 1
            reject(bytes, reason)
        case .value(let isFirst):
            // A second copy in one answer of the Data API is a twin. The next answer may repeat the whole of it.
            if isFirst { sequencer.beginReading() }
            try emit(bytes.withUnsafeBufferPointer { Array($0) })
        case .line:
            if chaos == nil,
                let type = TradelessFrame.type(ofRecorded: bytes) ?? TradelessFrame.type(of: bytes)
            {
                tally.frames += 1
                tally.lines.linesIn += 1
                tally.drop(type)
                return true
            }
            let text = bytes.withUnsafeBufferPointer { Array($0) }
            let messages = decoder.decode(line: text)
            if case .malformed = messages.first, messages.count == 1, bytes.isUnfinished { return false }
            if isAnswer(bytes) { sequencer.beginReading() }
            chaos == nil ? try emit(messages, of: text) : try emit(text)
        }
        return true
    }

    /// Emits what `--chaos` has held back.
    mutating func emitDelayed() throws(StageError) {
        for late in chaos?.flush() ?? [] { try emit(decoder.decode(line: late), of: late) }
    }

    mutating func flush() throws(StageError) {
        try output.flush()
        try rejects.flush()
        tally.lines.lastInputAt = .now()
        refresh()
    }

    /// Writes the status file for the last time.
    mutating func finish() -> Tally {
        status.finish(tally.lines, at: .now) { tally.figures(into: &$0) }
        return tally.lines
    }

    /// Emits a value, or what `--chaos` makes of it.
    private mutating func emit(_ value: [UInt8]) throws(StageError) {
        guard chaos != nil else { return try emit(decoder.decode(line: value), of: value) }
        let time = decoder.decode(line: value).lazy.compactMap(\.receivedAt).first
        let before = chaos!.lost
        let values = chaos!.arrivals(after: value, at: time)
        if chaos!.lost > before {
            tally.lines.linesIn += 1
            tally.drop("chaos")
        }
        for value in values { try emit(decoder.decode(line: value), of: value) }
        emitFreeze()
    }

    /// Emits an ended freeze as a gap, like a live run that could not repair it.
    private mutating func emitFreeze() {
        guard let freeze = chaos?.takeFreeze() else { return }
        let gap = Gap(
            id: "chaos-\(freeze.from.milliseconds)", feed: .activity, state: .unrecoverable,
            from: freeze.from,
            to: freeze.to, cause: "chaos: freeze")
        output.append(gap.line(seq: sequencer.nextSeq()))
        tally.lines.amended += 1
        tally.lines.linesOut += 1
    }

    private mutating func emit(_ messages: [FeedMessage], of value: [UInt8]) throws(StageError) {
        tally.frames += 1
        var firstReason: String?
        for message in messages {
            tally.lines.linesIn += 1
            try wait(for: message)
            switch sequencer.sequence(message) {
            case .line(let line, _):
                output.append(line.span)
                tally.lines.linesOut += 1
                tally.note(odd: message.oddMembers)
            case .duplicate, .unconfirmedTwin: tally.drop("duplicate")
            case .dropped(let reason):
                tally.drop(reason)
            case .malformed(let reason):
                tally.lines.rejected += 1
                firstReason = firstReason ?? reason
            }
        }
        // One reject for the whole value: an array of a megabyte can contain ten thousand bad elements.
        if let firstReason { rejects.add(value.span, number: line, reason: firstReason) }
    }

    private mutating func reject(_ bytes: Span<UInt8>, _ reason: String) {
        tally.lines.rejected += 1
        rejects.add(bytes, number: line, reason: reason)
    }

    /// Waits until the message is due. Earlier output is flushed first.
    private mutating func wait(for message: FeedMessage) throws(StageError) {
        guard !pace.isUnlimited, let time = message.receivedAt else { return }
        while !stop.isRequested {
            let remaining = pace.wait(for: time, at: .now)
            guard remaining > .zero else { return }
            try output.flush()
            refresh()
            sleep(for: min(remaining, .milliseconds(200)))
        }
    }

    private mutating func refresh() {
        let tally = tally
        status.refresh(tally.lines, at: .now) { tally.figures(into: &$0) }
    }
}

/// True if a line is an answer of the Data API: an array of rows, or a page that begins with them.
private func isAnswer(_ line: Span<UInt8>) -> Bool {
    guard let start = (0..<line.count).first(where: { line[$0] > 0x20 }) else { return false }
    if line[start] == UInt8(ascii: "[") { return true }
    guard let key = (start + 1..<line.count).first(where: { line[$0] > 0x20 }) else { return false }
    return line[start] == UInt8(ascii: "{") && line.extracting(key...).holds(#""data""#, at: 0..<6)
}

extension Span<UInt8> {
    /// True if the bytes are the beginning of a JSON value.
    fileprivate var isUnfinished: Bool {
        do throws(JSONError) {
            _ = try endOfFirstValue(self)
            return false
        } catch {
            return error.reason == .unexpectedEnd
        }
    }
}

extension FeedMessage {
    fileprivate var receivedAt: Timestamp? {
        switch self {
        case .trade(let trade, _, _): trade.receivedAt
        case .record(_, let receivedAt): receivedAt
        case .other, .news, .refused, .malformed: nil
        }
    }
}
