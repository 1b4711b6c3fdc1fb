import PMPipe
import PMRecord

/// What the journal has left is told, and what it has left no more is told as a gap.
extension LiveFeed {
    func startTelling() {
        var source: OutputWriter.Source?
        if let journal = stream.journal, let settings = options.journal {
            let history = journal.recovery
            let after = options.after ?? history.lastSeq
            source = OutputWriter.Source(
                directory: settings.directory, stream: journal.stream, after: after,
                markPeriod: options.intervals.mark)
            tellAgain(after: after, history, in: settings.directory)
            planTrimming(in: settings.directory)
        }
        let outflow = stream.output
        _ = Worker { [source] in OutputWriter(of: outflow, from: source).run() }
    }

    /// Lets what the journal has and some consumer has not be written once more.
    private func tellAgain(after: UInt64, _ history: JournalRecovery, in directory: String) {
        if history.truncatedBytes > 0 {
            log.warning(
                .input, "the journal's last line was unfinished", ["bytes": "\(history.truncatedBytes)"])
        }
        if let first = history.segments.first, after + 1 < first.first {
            log.error(.input, "the journal begins behind the place to go on from", ["after": "\(after)"])
            tellMissing(first.first - after - 1, before: first, in: directory)
        }
        guard after < history.lastSeq else { return }
        for segment in Segment.holding(after: after, of: history.segments) {
            guard let entry = RetentionPolicy.SegmentInfo(segment, in: directory), entry.size > 0 else {
                continue
            }
            stream.output.offer(Journal.Offset(segment: segment, end: entry.size))
        }
    }

    /// Lines that stood before the journal's first are no more. When they began, nobody knows: it is reckoned, amply,
    /// from the pace of the lines that follow.
    private func tellMissing(_ lines: UInt64, before segment: Segment, in directory: String) {
        guard let contents = try? SegmentContents(of: segment, in: directory), let times = contents.times
        else { return }
        let pace = times.lowerBound.duration(to: times.upperBound) / max(1, contents.lines - 1)
        let span = min(.seconds(31 * 86_400), max(.seconds(60), pace * 2 * Double(lines)))
        stream.noteLost(
            times.lowerBound.advanced(by: .zero - span)...times.lowerBound, trades: [],
            cause: "the journal no longer has \(lines) lines that somebody wants")
    }

    private func planTrimming(in directory: String) {
        trim(directory)
        loop.after(.seconds(60)) { [unowned self] in planTrimming(in: directory) }
    }

    private func trim(_ directory: String) {
        guard let journal = stream.journal else { return }
        let verdict = journal.retentionPlan(
            emitted: stream.output.progress.seq, cursor: ConsumerCursors.lowest(in: options.statusDirectory),
            at: Int(Timestamp.now().milliseconds / 1000))
        for segment in verdict.lost {
            log.error(
                .input, "the journal is full: a segment that somebody may want is deleted",
                ["segment": "\(segment.name)"])
            noteLost(segment, in: directory, isGone: true, cause: "the journal was full")
        }
        journal.delete(verdict.deleted)
    }

    /// Lines that could not be read back are told as a gap.
    func tellDamage() {
        let all = stream.output.progress.damaged
        guard all.count > damaged.count, let directory = options.journal?.directory else { return }
        for segment in all.subtracting(damaged).sorted() {
            noteLost(segment, in: directory, isGone: false, cause: "the journal is damaged")
        }
        damaged = all
    }

    /// - Parameter isGone: Whether nobody gets the segment's trades any more, so that they may be told again; of a
    ///   damaged one what can be read was told.
    private func noteLost(_ segment: Segment, in directory: String, isGone: Bool, cause: String) {
        guard let contents = try? SegmentContents(of: segment, in: directory), let times = contents.times
        else { return }
        stream.noteLost(times, trades: isGone ? contents.tradeIDs : [], cause: cause)
    }
}
