import PMPipe
import PMRecord
import PolymarketAPI

/// The output of back-fills and audits: the event log, for the trades of the markets that are followed.
final class BackfillOutput {
    /// The result of emitting a trade that was read.
    enum Emission {
        /// Emitted: the feed had not sent it.
        case new
        /// A copy that the next read has to confirm.
        case suspected
        /// Emitted before, or not to be emitted.
        case known
    }

    private let eventLog: EventLog
    private let markets: MarketSubscriptions?
    private let log: StageLog
    /// Keeps a row that is not a trade.
    var onReject: (TradeWindowReader.UnreadableRow) -> Void = { _ in }
    /// Notes how the rows of a response differ from their documented form.
    var onDrift: (DriftObservation, Route) -> Void = { _, _ in }

    /// - Parameter markets: `nil` where all markets are followed.
    init(_ eventLog: EventLog, markets: MarketSubscriptions?, log: StageLog) {
        self.eventLog = eventLog
        self.markets = markets
        self.log = log
    }

    /// Trades emitted so far, by this run or as far as it remembers an earlier one.
    var emittedCount: Int { eventLog.emittedCount }

    /// A read begins: the copies of a trade are counted from zero.
    func beginRead() {
        eventLog.beginReading()
    }

    /// The same for a poll.
    func beginPoll() {
        eventLog.beginPoll()
    }

    func emit(_ message: FeedMessage) -> Emission {
        guard markets?.follows(message) ?? true else { return .known }
        return switch eventLog.emit(markets?.described(message) ?? message) {
        case .emitted: .new
        case .unconfirmedTwin: .suspected
        case .duplicate, .dropped, .rejected: .known
        }
    }

    func reject(_ row: TradeWindowReader.UnreadableRow) {
        eventLog.count { $0.lines.rejected += 1 }
        log.count(.api)
        onReject(row)
    }

    func settle(_ settled: BackfillQueue.Settled) {
        eventLog.settleGap(settled.gap.id, as: settled.state, recovered: settled.recovered)
    }

    /// Emits that a retracted trade has appeared.
    func restore(_ id: UInt128) {
        eventLog.restore(id, reason: "the exchange shows the transaction")
    }

    /// Emits the result of an audit that was read in full.
    func note(_ audit: AuditResult) {
        eventLog.emit(audit)
    }

    /// Emits that a trade was reverted.
    func retract(_ id: UInt128) {
        eventLog.retract(id, reason: "the exchange shows no such transaction")
    }
}
