import LivePage
import PMJSON
import PMPipe
import PMRecord

/// The stage: reads lines, decides on alerts, and delivers them, on one thread that waits for input, answers and
/// deadlines together.
package final class AlertStage {
    private let options: AlertOptions
    private let log: StageLog
    private let page: PagePublisher?
    private let issuer: AlertIssuer
    private let subscribers: SubscriberList
    private var subscribersVersion = 0
    private var rules: Rules
    private var hangUps = HangUpSignal()
    private var tally = Tally()
    private var marks = PendingMarks()

    /// - Parameter page: The publisher of the live page; `nil` without a page.
    package init(_ options: AlertOptions, page: PagePublisher?, log: StageLog) throws(StageError) {
        self.options = options
        self.page = page
        self.log = log
        issuer = try AlertIssuer(options, page: page, log: log)
        rules = Rules(options.rules)
        let wakeUp = issuer.wakeUp
        subscribers = SubscriberList(options.subscribers, every: options.refresh, log: log) { wakeUp() }
        try issuer.restore(into: &rules)
    }

    /// Runs until the input ends, and until its alerts are delivered or `drain` has passed.
    package func run(
        from input: consuming LineReader, rejects: inout Rejects, status: inout StatusFile
    ) throws(StageError) -> Tally {
        let stop = StopSignal(readingFrom: input.descriptor)
        subscribers.waitForFirst(upTo: .seconds(5))
        var end: ContinuousClock.Instant?
        while true {
            applyReloads()
            try advance()
            status.refresh(tally, at: .now, figures: figures)
            if issuer.readerHasLeft, end == nil { end = .now + options.drain }
            if let end, issuer.pending == 0 || end <= .now { break }
            if stop.isRequested { break }

            // Before the subscribers are known, a trade would be decided on as if there were none.
            let isReading = end == nil && subscribersVersion > 0 && issuer.hasCapacity
            let isReadable = wait(
                upTo: status.untilDue(at: .now), end: end, for: isReading ? input.descriptor : nil)
            guard isReading, isReadable else { continue }
            let arrival = try input.wait(upTo: .zero)
            if arrival == .nothing { continue }
            tally.lastInputAt = .now()
            try input.forEachLine { (line, isTooLong) throws(StageError) in
                try handle(line, isTooLong: isTooLong, &rejects)
            }
            page?.noteInput(linesIn: tally.linesIn, at: .now())
            try rejects.flush()
            guard arrival == .end else { continue }
            for alert in rules.release(at: .now, clock: .now()) { issuer.issue(alert) }
            end = .now + options.drain
        }
        try finish(&status)
        if stop.isRequested, end == nil { throw StopSignal.stoppedEarly }
        return tally
    }

    // MARK: Input

    private func handle(_ line: Span<UInt8>, isTooLong: Bool, _ rejects: inout Rejects) throws(StageError) {
        tally.linesIn += 1
        guard !isTooLong else { return reject(line, "longer than 1 MiB", &rejects) }
        let record: Record
        do throws(JSONError) {
            record = try Record(line.withUnsafeBufferPointer { Array($0) })
        } catch {
            return reject(line, error.description, &rejects)
        }
        guard !options.isRedelivering else {
            guard let letter = DeadLetter(record) else { return reject(line, "no dead letter", &rejects) }
            countConsumed(DeadLetter.kind)
            return issuer.issue(RoutedAlert(alert: letter.alert, channels: [letter.address]))
        }
        switch record.kind {
        case .trade:
            page?.publish(record)
            guard let trade = AlertTrade(record) else { return reject(line, "a trade without id", &rejects) }
            countConsumed(trade.isFinal ? "trade" : "trade_pending")
            for alert in rules.consider(trade, at: .now, clock: .now()) { issuer.issue(alert) }
        case .gap, .retract, .restore:
            page?.publish(record)
            countConsumed(record.kind!.rawValue)
        case .mark:
            countConsumed("mark")
            guard let mark = Mark(record) else {
                return reject(line, "a mark without stream, seq or time", &rejects)
            }
            marks.add(mark, rules)
        case .audit, .leaderboard, .portfolio, .alert, .outcome, .resolution, .frame, .reject, nil:
            countConsumed("other")
        }
    }

    private func reject(_ line: Span<UInt8>, _ reason: String, _ rejects: inout Rejects) {
        tally.rejected += 1
        rejects.add(line, number: tally.linesIn, reason: reason)
    }

    /// Counts a line under its kind. No input line is passed on: every output line is a new record.
    private func countConsumed(_ kind: String) {
        tally.consumed[kind, default: 0] += 1
    }

    /// Reads secrets and subscribers again after SIGHUP, and applies new subscribers.
    private func applyReloads() {
        if hangUps.isNew {
            subscribers.refresh()
            issuer.reloadSecrets()
            log.info("reloading settings")
        }
        guard let recipients = subscribers.changes(since: &subscribersVersion) else { return }
        rules.recipients = recipients
        log.info(
            recipients.isEmpty
                ? "no subscribers: alerts go to standard output only" : "subscribers: \(recipients.count)")
    }

    // MARK: Alerts

    private func advance() throws(StageError) {
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        for alert in rules.expire(at: now, clock: clock) { issuer.issue(alert) }
        let mark = passMarks(clock)
        try issuer.work()
        // Only now is the mark on the disk, with the alerts before it.
        if !issuer.isBlocked, let mark { tally.lastMark = mark.seq }
        tally.amended = issuer.recordCount
        tally.linesOut = issuer.recordCount
    }

    /// Notes the marks whose earlier trades are all decided on. They count once the outbox is synced.
    ///
    /// - Returns: The last of them.
    @discardableResult
    private func passMarks(_ clock: Timestamp) -> Mark? {
        var last: Mark?
        while !issuer.isBlocked, let mark = marks.next(rules) {
            issuer.note(mark, at: clock)
            last = mark
        }
        return last
    }

    // MARK: Waiting and ending

    /// - Returns: True if the input is readable.
    private func wait(upTo limit: Duration, end: ContinuousClock.Instant?, for input: CInt?) -> Bool {
        let now = ContinuousClock.now
        let deadlines = [rules.deadline, issuer.deadline, end].compactMap(\.self)
        let patience = min(limit, deadlines.min().map { max(.zero, now.duration(to: $0)) } ?? limit)
        return issuer.wait(upTo: patience, for: input)
    }

    private func finish(_ status: inout StatusFile) throws(StageError) {
        passMarks(.now())
        try issuer.finish()
        tally.amended = issuer.recordCount
        tally.linesOut = issuer.recordCount
        status.finish(tally, at: .now, figures: figures)
    }

    private func figures(_ status: inout JSONWriter) {
        status.member("cooled_down", rules.cooledDown)
        issuer.writeFigures(into: &status)
        status.member("viewers", page?.viewers)
        status.member("page_serving", page?.isServing)
    }
}
