import PMJSON
import PMPipe
import PMRecord

/// Replays a recording. Each line may be a frame of our own recordings, a plain feed message, or a row of the Data API;
/// the decoder recognises it by its shape.
package struct Replay: ~Copyable {
    private var input: ReplayInput
    private var output = LineWriter()
    private var rejects: Rejects
    private var status: StatusFile
    private let decoder = FrameDecoder(via: .replay)
    private var sequencer = TradeSequencer()
    private var tally = IngestTally()
    private var pace: ReplayPace
    private var progress = TerminalProgress()
    private var chaos: ChaosInjector?
    private let stop = StopSignal()

    package init(
        _ input: consuming ReplayInput, at speed: ReplaySpeed, chaos: ChaosInjector? = nil,
        rejects: consuming Rejects,
        status: consuming StatusFile
    ) {
        self.input = input
        self.chaos = chaos
        self.rejects = rejects
        self.status = status
        pace = ReplayPace(speed)
    }

    /// Runs to the end of the recording, or until a stop signal. For the head of a pipeline both are a normal end.
    ///
    /// - Throws: ``ExitStatus/badData`` for gzip data that is corrupt or truncated; the lines before the damage are
    ///   emitted first.
    package consuming func run() throws(StageError) -> Tally {
        var number = 0
        var arrival = LineReader.Arrival.input  // the first bytes were read already, to detect gzip
        while !stop.isRequested {
            var lines: [(bytes: [UInt8], isTooLong: Bool)] = []
            input.lines.forEachLine { line, isTooLong in
                lines.append((line.withUnsafeBufferPointer { Array($0) }, isTooLong))
            }
            tally.lines.lastInputAt = .now()
            for line in lines where !stop.isRequested {
                number += 1
                for arriving in arrivals(after: line.bytes) {
                    try process(arriving, isTooLong: line.isTooLong, number: number)
                }
                emitFreeze()
            }
            if arrival == .end {
                for late in chaos?.flush() ?? [] { try process(late, isTooLong: false, number: number) }
            }
            try output.flush()
            try rejects.flush()
            refresh()
            if arrival == .end { break }
            arrival = try input.lines.wait(upTo: status.untilDue(at: .now))
        }
        progress.clear()
        status.finish(tally.lines, at: .now) { tally.figures(into: &$0) }
        try input.finish()
        return tally.lines
    }

    /// Returns the lines that arrive after this one of the recording: the line itself, without `--chaos`.
    private mutating func arrivals(after line: [UInt8]) -> [[UInt8]] {
        guard chaos != nil else { return [line] }
        let time = decoder.decode(line: line).lazy.compactMap(\.receivedAt).first
        let before = chaos!.lost
        let lines = chaos!.arrivals(after: line, at: time)
        if chaos!.lost > before {
            tally.lines.linesIn += 1
            tally.drop("chaos")
        }
        return lines
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

    private mutating func process(_ line: [UInt8], isTooLong: Bool, number: Int) throws(StageError) {
        tally.frames += 1
        let messages = isTooLong ? [.malformed("longer than 1 MiB")] : decoder.decode(line: line)
        var firstReason: String?
        for message in messages {
            tally.lines.linesIn += 1
            try wait(for: message)
            switch sequencer.sequence(message) {
            case .line(let line, _):
                output.append(line)
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
        // One reject for the whole line: an array of a megabyte can contain ten thousand bad elements.
        if let firstReason { rejects.add(line.span, number: number, reason: firstReason) }
    }

    /// Waits until the message is due. Earlier output is flushed first.
    private mutating func wait(for message: FeedMessage) throws(StageError) {
        guard let time = message.receivedAt else { return }
        while !stop.isRequested {
            let remaining = pace.wait(for: time, at: .now)
            guard remaining > .zero else { return }
            try output.flush()
            refresh()
            sleep(for: min(remaining, .milliseconds(200)))
        }
    }

    private mutating func refresh() {
        let now = ContinuousClock.now
        progress.show(input.progress, emitted: tally.lines.linesOut, at: now)
        let tally = tally
        status.refresh(tally.lines, at: now) { tally.figures(into: &$0) }
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
