import PMJSON
import PMRecord

/// Decides which stretch of time to audit next, and what follows from an audit; never reads.
///
/// An audit compares the trades that were emitted in a settled stretch of time with those of the Data API. It adds what
/// the feed missed, and the twins that a feed cannot tell apart; and it finds the trades that the API never shows.
///
/// All bounds are times of the exchange. This machine's clock may be wrong: it only says when a trade is old enough.
package struct AuditSchedule: Sendable {
    /// The next audit.
    package struct Next: Sendable {
        /// A stretch that can no longer be audited, because trades of it have been forgotten.
        package var skipped: Range<Timestamp>?
        /// The stretch to audit; `nil` when there is none yet.
        package var stretch: Gap?
        /// Trades from this time on count as missed when the audit adds them; `nil` where all do.
        package var missedFrom: Timestamp?
    }

    /// The longest stretch of one audit. After a long pause the next audits catch up, one stretch at a time.
    private static let longest = Duration.seconds(900)
    /// Audits of a stretch of that length that may fail in a row before it is left.
    private static let mostFailures = 12

    private let feed: Feed
    private let period: Duration
    private var clock = FeedClock()
    /// Up to when trades have been audited, or need not be; `nil` before the first data.
    private var auditedTo: Timestamp?
    /// From when on all has been audited without a break.
    private var provedFrom: Timestamp?
    private var failuresInRow = 0
    /// When the first data of a first run happened; an earlier trade was not missed by this run.
    private var began: Timestamp?
    private var window: DeduplicationWindow
    private var unsettled = UnsettledTrades()
    private var figures = AuditFigures()

    /// - Parameters:
    ///   - period: The age at which a trade is settled, and the time between two audits.
    ///   - capacity: Emitted trades that are remembered.
    package init(feed: Feed, period: Duration, remembering capacity: Int = TradeSequencer.memory) {
        self.feed = feed
        self.period = period
        window = DeduplicationWindow(capacity: capacity)
    }

    /// The feed has sent a frame. Audits of a first run start with its first data of the required type.
    package mutating func note(_ frame: ReceivedFrame) {
        guard frame.hasRequiredType else { return }
        if let time = frame.firstTradeTime {
            clock.note(time)
        } else if feed == .market {
            clock.noteData(at: frame.receivedAt)
        }
    }

    /// Starts at that time, where no frame starts the audits.
    package mutating func start(at time: Timestamp) {
        guard auditedTo == nil else { return }
        (auditedTo, provedFrom) = (time, time)
    }

    /// Continues where an earlier run may not have come to.
    ///
    /// - Parameters:
    ///   - end: When the earlier run ended.
    ///   - trades: Trades that it emitted.
    ///   - retracted: Trades that it retracted.
    package mutating func resume(
        after end: Timestamp, _ trades: [UnsettledTrades.Trade], retracted: [UnsettledTrades.Trade] = []
    ) {
        start(at: end.advanced(by: .zero - period * 2))
        for trade in trades { expect(trade) }
        for trade in retracted { unsettled.noteRetracted(trade) }
    }

    /// Expects an emitted trade to appear in the API.
    ///
    /// A trade of a time that has been audited is not watched: no later read shows it.
    package mutating func expect(_ trade: UnsettledTrades.Trade) {
        guard auditedTo.map({ trade.time >= $0 }) ?? true else { return }
        unsettled.expect(trade)
    }

    /// The API shows a trade of that transaction.
    ///
    /// - Returns: The ids of trades to restore: they have been retracted.
    package mutating func confirm(_ transaction: UInt128) -> [UInt128] {
        unsettled.confirm(transaction)
    }

    /// Notes how many trades have been emitted up to now.
    package mutating func note(emitted: Int, at now: Timestamp) {
        window.note(emitted: emitted, at: now)
    }

    /// Returns the next audit. An audit that is not finished is returned again, up to a later end.
    package mutating func next(at now: Timestamp) -> Next {
        if auditedTo == nil { startWithFirstData() }
        var next = Next()
        if let audited = auditedTo, let remembered = window.start, audited < remembered {
            next.skipped = audited..<remembered
            figures.noteFailure()
            skip(to: remembered)
        }
        // What the feed has not come to yet is not settled, whatever this machine's clock says.
        let settled = min(now.advanced(by: .zero - period), clock.newest ?? now)
        guard let from = auditedTo, from < settled else { return next }
        let end = min(settled, from.advanced(by: Self.longest))
        next.stretch = Gap(
            id: "audit", feed: feed, state: .open, from: from, to: end.advanced(by: .milliseconds(-1)),
            cause: "audit")
        next.missedFrom = began
        return next
    }

    /// Takes the result of an audit.
    ///
    /// - Returns: The ids of trades to retract: the API shows no such transaction.
    package mutating func finish(_ result: AuditResult, at now: Timestamp) -> [UInt128] {
        let end = result.to.advanced(by: .milliseconds(1))
        switch result.state {
        case .open:
            figures.noteFailure()
            // The stretch is audited once more: an incomplete read proves nothing.
            failuresInRow += 1
            let isLongest = result.from.duration(to: end) >= Self.longest
            if isLongest, failuresInRow >= Self.mostFailures { skip(to: end) }
            return []
        case .unrecoverable:
            figures.noteFailure()
            skip(to: end)
            return []
        case .closed:
            figures.note(rows: result.rows, missed: result.missed, at: now)
            failuresInRow = 0
            let reached = min(result.provedTo ?? end, end)
            auditedTo = max(auditedTo ?? reached, reached)
            guard let provedFrom, let auditedTo, provedFrom < auditedTo else { return [] }
            return unsettled.removeOverdue(in: provedFrom...auditedTo)
        }
    }

    package func figures(into writer: inout JSONWriter) {
        figures.figures(into: &writer)
    }

    private mutating func startWithFirstData() {
        guard let first = clock.firstData else { return }
        began = first
        // The API may show the first trades under an earlier time: without the skew, they would count as reverted.
        start(at: first.advanced(by: .zero - UnsettledTrades.skew))
        unsettled.forget(before: first)
    }

    /// Leaves a stretch that cannot be audited: nothing is known about its trades.
    private mutating func skip(to time: Timestamp) {
        failuresInRow = 0
        unsettled.forget(before: time.advanced(by: UnsettledTrades.skew))
        auditedTo = max(auditedTo ?? time, time)
        provedFrom = auditedTo
    }
}
