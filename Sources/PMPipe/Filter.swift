import Glibc

/// The verdict of a filter on one line.
package enum Verdict: Sendable {
    case passed
    case dropped
    /// The line breaks the record contract; the text says how.
    case rejected(String)
}

/// A stage that turns lines into lines, one at a time.
package protocol Filter: ~Copyable {
    /// Judges one line and appends the lines to emit, possibly none.
    mutating func process(_ line: Span<UInt8>, into output: inout LineWriter) throws(StageError) -> Verdict

    /// Adds the filter's own figures to a status report.
    func report(into tally: inout Tally)
}

/// Runs `filter` until its input ends.
///
/// Output is flushed each time the stage is about to wait, never sooner: while input arrives without pause,
/// output is written in large blocks; otherwise every line is written at once. The status file is refreshed
/// every second, with or without input.
///
/// - Returns: The numbers of lines, by what was done with them.
/// - Throws: ``ExitStatus/tryAgain`` when a signal stops the stage before the end of input.
package func pump(
    _ filter: inout some Filter & ~Copyable,
    from input: consuming LineReader = LineReader(),
    to output: consuming LineWriter = LineWriter(),
    rejects: inout Rejects,
    status: inout StatusFile
) throws(StageError) -> Tally {
    let stop = StopSignal(readingFrom: input.descriptor)
    var tally = Tally()
    while true {
        let arrival = try input.wait(upTo: status.untilDue(at: .now))
        if arrival != .nothing {
            tally.lastInputAt = .now()
            try input.forEachNumberedLine { (line, number, isTooLong) throws(StageError) in
                tally.linesIn += 1
                let verdict =
                    isTooLong
                    ? .rejected("longer than 1 MiB") : try filter.process(line, into: &output)
                switch verdict {
                case .passed: tally.linesOut += 1
                case .dropped: break
                case .rejected(let reason):
                    tally.rejected += 1
                    rejects.add(line, number: number, reason: reason)
                }
            }
            // The rejects come first: once the reader has gone there is no other chance to write them.
            try rejects.flush()
            try output.flush()
        }
        filter.report(into: &tally)
        status.refresh(tally, at: .now)
        if arrival == .end { return tally }
        if stop.isRequested {
            status.finish(tally, at: .now)
            throw StopSignal.stoppedEarly
        }
    }
}
