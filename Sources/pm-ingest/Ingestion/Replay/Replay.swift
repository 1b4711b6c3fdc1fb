import PMJSON
import PMPipe
import PMRecord

/// Tells a recording again: our own, plain feed frames, or Data API rows, recognised line by line.
package struct Replay: ~Copyable {
    private var input: ReplayInput
    private var output = LineWriter()
    private var rejects: Rejects
    private var status: StatusFile
    private let decoder = FrameDecoder(via: .replay)
    private var teller = TradeSequencer()
    private var tally = IngestTally()
    private var pace: ReplayPace
    private var progress = Progress()
    private var chaos: Chaos?
    private let stop = StopSignal()

    package init(
        _ input: consuming ReplayInput, at speed: ReplaySpeed, chaos: Chaos? = nil,
        rejects: consuming Rejects,
        status: consuming StatusFile
    ) {
        self.input = input
        self.chaos = chaos
        self.rejects = rejects
        self.status = status
        pace = ReplayPace(speed)
    }

    /// Reads to the end of the recording, or until told to stop, which for the head of a pipeline is an end like
    /// any other.
    ///
    /// - Throws: ``ExitStatus/badData`` for gzip data that is corrupt or cut short, after what came before it was told.
    package consuming func run() throws(StageError) -> Tally {
        var number = 0
        var arrival = LineReader.Arrival.input  // what tells gzip from plain has been read already
        while !stop.isRequested {
            var lines: [(bytes: [UInt8], isTooLong: Bool)] = []
            input.lines.forEachLine { line, isTooLong in
                lines.append((line.withUnsafeBufferPointer { Array($0) }, isTooLong))
            }
            for line in lines where !stop.isRequested {
                number += 1
                for arriving in disturbed(line.bytes) {
                    try tell(arriving, isTooLong: line.isTooLong, number: number)
                }
                tellFreeze()
            }
            if arrival == .end {
                for late in chaos?.rest() ?? [] { try tell(late, isTooLong: false, number: number) }
            }
            try output.flush()
            try rejects.flush()
            refresh()
            if arrival == .end { break }
            arrival = try input.lines.wait(upTo: status.untilDue(at: .now))
        }
        progress.finish()
        status.finish(tally.lines, at: .now) { tally.figures(into: &$0) }
        try input.finish()
        return tally.lines
    }

    /// What arrives of a line, where somebody wants to see how things go wrong.
    private mutating func disturbed(_ line: [UInt8]) -> [[UInt8]] {
        guard chaos != nil else { return [line] }
        let time = decoder.decode(line: line).lazy.compactMap(\.receivedAt).first
        let before = chaos!.lost
        let lines = chaos!.pass(line, at: time)
        if chaos!.lost > before {
            tally.lines.linesIn += 1
            tally.drop("chaos")
        }
        return lines
    }

    /// A freeze is told as a live run would tell it, if nobody could repair it.
    private mutating func tellFreeze() {
        guard let freeze = chaos?.takeFreeze() else { return }
        let gap = Gap(
            id: "chaos-\(freeze.from.milliseconds)", feed: .activity, state: .unrecoverable,
            from: freeze.from,
            to: freeze.to, cause: "chaos: freeze")
        output.append(gap.line(seq: teller.nextSeq()))
        tally.lines.amended += 1
        tally.lines.linesOut += 1
    }

    private mutating func tell(_ line: [UInt8], isTooLong: Bool, number: Int) throws(StageError) {
        tally.frames += 1
        tally.lines.lastInputAt = .now()
        let messages = isTooLong ? [.malformed("longer than 1 MiB")] : decoder.decode(line: line)
        var firstReason: String?
        for message in messages {
            tally.lines.linesIn += 1
            try wait(for: message)
            switch teller.tell(message) {
            case .line(let line, _):
                output.append(line)
                tally.lines.linesOut += 1
            case .duplicate, .suspected: tally.drop("duplicate")
            case .dropped(let reason):
                tally.drop(reason)
            case .malformed(let reason):
                tally.lines.rejected += 1
                firstReason = firstReason ?? reason
            }
        }
        // However much of it is bad: an array of a megabyte may hold ten thousand bad elements.
        if let firstReason { rejects.add(line.span, number: number, reason: firstReason) }
    }

    /// Waits until the message is due, with nothing held back meanwhile.
    private mutating func wait(for message: FeedMessage) throws(StageError) {
        guard let time = message.receivedAt else { return }
        while !stop.isRequested {
            let rest = pace.wait(for: time, at: .now)
            guard rest > .zero else { return }
            try output.flush()
            refresh()
            sleep(for: min(rest, .milliseconds(200)))
        }
    }

    private mutating func refresh() {
        let now = ContinuousClock.now
        progress.show(input.progress, told: tally.lines.linesOut, at: now)
        let tally = tally
        status.refresh(tally.lines, at: now) { tally.figures(into: &$0) }
    }
}

extension FeedMessage {
    fileprivate var receivedAt: Timestamp? {
        switch self {
        case .trade(let trade, _): trade.receivedAt
        case .record(_, let receivedAt): receivedAt
        case .other, .news, .malformed: nil
        }
    }
}
