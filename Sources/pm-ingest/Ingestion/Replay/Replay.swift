import PMJSON
import PMPipe
import PMRecord

/// Replays a recording. Each of its values may be a frame of our own recordings, a plain feed message, a row of the Data
/// API or a page of rows; the decoder recognises it by its shape.
package struct Replay: ~Copyable {
    private var input: ReplayInput
    private var emitter: ReplayEmitter
    private var framer = ValueFramer(longest: Record.longestLine)
    private var progress = TerminalProgress()

    package init(
        _ input: consuming ReplayInput, at speed: ReplaySpeed, chaos: ChaosInjector? = nil,
        rejects: consuming Rejects, status: consuming StatusFile
    ) {
        self.input = input
        emitter = ReplayEmitter(at: speed, chaos: chaos, rejects: rejects, status: status)
    }

    /// Runs to the end of the recording, or until a stop signal. For the head of a pipeline both are a normal end.
    ///
    /// - Throws: ``ExitStatus/badData`` for gzip data that is corrupt or truncated, and for a recording of which nothing
    ///   could be read; the lines before the damage are emitted first.
    package consuming func run() throws(StageError) -> Tally {
        let stop = emitter.stop
        var arrival = LineReader.Arrival.input  // the first bytes were read already, to detect gzip
        while !stop.isRequested {
            try Self.emit(&input, &framer, &emitter, &progress)
            if arrival == .end { try emitter.emitDelayed() }
            try emitter.flush()
            show()
            if arrival == .end { break }
            arrival = try input.lines.wait(upTo: emitter.untilDue)
        }
        progress.clear()
        let tally = emitter.finish()
        try input.finish()
        guard stop.isRequested || tally.linesIn > tally.rejected || tally.rejected == 0 else {
            throw StageError(
                .badData,
                "nothing in \(input.name) can be read: --replay reads frames kept by --record, messages of the "
                    + "feeds, rows and pages of the Data API's /trades and /activity, and records, as JSON values "
                    + "one after another or in arrays, plain or gzip")
        }
        return tally
    }

    /// Emits what the bytes that have arrived complete.
    private static func emit(
        _ input: inout ReplayInput, _ framer: inout ValueFramer, _ emitter: inout ReplayEmitter,
        _ progress: inout TerminalProgress
    ) throws(StageError) {
        try input.lines.consumeBytes { (bytes, hasEnded) throws(StageError) in
            try framer.cut(bytes, hasEnded: hasEnded) { (piece, bytes, line) throws(StageError) in
                try emitter.take(piece, bytes, line: line)
            }
        }
    }

    private mutating func show() {
        progress.show(input.progress, emitted: emitter.emitted, at: .now)
    }
}
