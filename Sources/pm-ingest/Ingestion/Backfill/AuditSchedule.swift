import PMJSON
import PMRecord

/// Decides which stretch of time to audit next, and what follows from an audit; never reads.
///
/// An audit compares the trades that were emitted in a settled stretch of time with those of the Data API. It adds what
/// the feed missed, and the twins that a feed cannot tell apart; and it finds the trades that the API never shows.
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
    /// The most by which a trade that starts the audits may lie in the past.
    private static let mostAge = Duration.seconds(60)

    private let feed: Feed
    private let period: Duration
    /// Up to when trades have been audited, or need not be; `nil` before the first data.
    private var auditedTo: Timestamp?
    /// When the first data of a first run happened; an earlier trade was not missed by this run.
    private var began: Timestamp?
    private var window: DeduplicationWindow
    private var confirmations = UnsettledTrades()
    private var figures = AuditFigures()

    /// - Parameters:
    ///   - period: The age at which a trade is settled, and the time between two audits.
    ///   - capacity: Emitted trades that are remembered.
    package init(feed: Feed, period: Duration, remembering capacity: Int = TradeSequencer.memory) {
        self.feed = feed
        self.period = period
        window = DeduplicationWindow(capacity: capacity)
    }

    /// Starts with the first frame that has data of the required type; ignores all others.
    package mutating func start(with frame: ReceivedFrame) {
        guard auditedTo == nil, frame.hasRequiredType else { return }
        var start = frame.receivedAt
        if feed == .activity, let time = frame.firstTradeTime {
            // RTDS may send a trade some seconds late; a much older time is not believed.
            start = max(start.advanced(by: .zero - Self.mostAge), min(start, time))
        }
        // The API may show the first trades under an earlier time: without the skew, they would count as reverted.
        auditedTo = start.advanced(by: .zero - UnsettledTrades.skew)
        began = start
    }

    /// Starts at that time, where no frame starts the audits.
    package mutating func start(at time: Timestamp) {
        auditedTo = auditedTo ?? time
    }

    /// Continues where an earlier run may not have come to.
    ///
    /// - Parameters:
    ///   - end: When the earlier run ended.
    ///   - trades: Trades that it emitted.
    package mutating func resume(after end: Timestamp, _ trades: [UnsettledTrades.Trade]) {
        let start = end.advanced(by: .zero - period * 2)
        auditedTo = start
        for trade in trades where trade.time >= start.advanced(by: UnsettledTrades.skew) {
            confirmations.expect(trade)
        }
    }

    /// Expects an emitted trade to appear in the API.
    package mutating func expect(_ trade: UnsettledTrades.Trade) {
        confirmations.expect(trade)
    }

    /// The API shows a trade of that transaction.
    package mutating func confirm(transactionHash: String?) {
        confirmations.confirm(transactionHash: transactionHash)
    }

    /// Notes how many trades have been emitted up to now.
    package mutating func note(emitted: Int, at now: Timestamp) {
        window.note(emitted: emitted, at: now)
    }

    /// Returns the next audit. An audit that is not finished is returned again, up to a later end.
    package mutating func next(at now: Timestamp) -> Next {
        var next = Next()
        if let audited = auditedTo, let remembered = window.start, audited < remembered {
            next.skipped = audited..<remembered
            figures.noteFailure()
            confirmations.forget(before: remembered.advanced(by: UnsettledTrades.skew))
            auditedTo = remembered
        }
        let settled = now.advanced(by: .zero - period)
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
        var reverted: [UInt128] = []
        switch result.state {
        case .open:
            figures.noteFailure()
            return []  // the stretch is audited once more: an incomplete read proves nothing
        case .closed:
            figures.note(rows: result.rows, missed: result.missed, at: now)
            // Trades near the end are left for the next audit: the API may show them under a later time.
            reverted = confirmations.removeOverdue(
                before: result.from.advanced(by: .zero - UnsettledTrades.skew))
        case .unrecoverable:
            figures.noteFailure()
            confirmations.forget(before: result.to.advanced(by: UnsettledTrades.skew))
        }
        let end = result.to.advanced(by: .milliseconds(1))
        auditedTo = max(auditedTo ?? end, end)
        return reverted
    }

    package func figures(into writer: inout JSONWriter) {
        figures.figures(into: &writer)
    }
}
