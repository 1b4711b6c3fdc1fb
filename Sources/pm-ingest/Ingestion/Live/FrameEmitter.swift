import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Emits the messages of received frames, and keeps the frames that are to be kept: all in the recording, bad ones among
/// the rejects.
final class FrameEmitter {
    private let eventLog: EventLog
    private let markets: MarketSubscriptions?
    private let backfills: BackfillRunner?
    private let log: StageLog
    private var sideOutputs: SideOutputs
    private var drift: InputDrift
    private var rejections = SampledLog()
    private var unknowns = SampledLog()

    /// - Parameters:
    ///   - markets: `nil` on the activity feed.
    ///   - backfills: `nil` without an API.
    init(
        _ eventLog: EventLog, markets: MarketSubscriptions?, backfills: BackfillRunner?,
        sideOutputs: consuming SideOutputs, log: StageLog
    ) {
        self.eventLog = eventLog
        self.markets = markets
        self.backfills = backfills
        self.sideOutputs = sideOutputs
        self.log = log
        drift = InputDrift(log: log)
    }

    func figures(into writer: inout JSONWriter) {
        drift.figures(into: &writer)
    }

    /// Notes how the rows of a response of the Data API differ from their documented form.
    func note(_ observation: DriftObservation, from route: Route) {
        drift.note(observation, from: route)
    }

    func emit(_ frame: ReceivedFrame) {
        sideOutputs.record(
            frame.bytes, feed: frame.feed, connection: frame.connection, receivedAt: frame.receivedAt)
        eventLog.count {
            $0.frames += 1
            $0.lines.lastInputAt = frame.receivedAt
        }
        backfills?.note(frame)
        drift.note(frame)
        var firstReason: String?
        for message in frame.messages {
            markets?.note(message)
            switch eventLog.emit(markets?.described(message) ?? message) {
            case .emitted(let id?): expectConfirmation(of: message, id)
            case .emitted(nil), .duplicate, .unconfirmedTwin: break
            case .dropped(let type):
                if type == FrameDecoder.unknown { logUnknown(frame) }
            case .rejected(let reason):
                firstReason = firstReason ?? reason
            }
        }
        // One reject for the frame, however many of its messages are bad.
        if let firstReason {
            logRejected(frame, firstReason)
            sideOutputs.reject(frame.bytes, number: eventLog.tally.frames, reason: firstReason)
        }
    }

    /// Keeps a row of the Data API that is not a trade.
    func reject(_ row: TradeWindowReader.UnreadableRow) {
        sideOutputs.reject(row.bytes, number: 0, reason: "a row of the Data API: \(row.reason)")
    }

    /// Writes what is kept beside the event log.
    func flush(at now: ContinuousClock.Instant) {
        sideOutputs.flush(at: now)
    }

    /// True if the recording or the rejects could not be written.
    var isDegraded: Bool { sideOutputs.isDegraded }

    /// Frames and rejects that were not kept.
    var unkept: Int { sideOutputs.unkept }

    /// Expects an emitted trade to appear in the API; a trade that never does is retracted.
    private func expectConfirmation(of message: FeedMessage, _ id: UInt128) {
        guard case .trade(let trade, _, _) = message,
            let expected = UnsettledTrades.Trade(
                id, transactionHash: trade.transactionHash, at: trade.time, receivedAt: trade.receivedAt)
        else { return }
        backfills?.expect(expected)
    }

    /// Logs unusable frames at once: a feed of which nothing can be read is not silent.
    private func logRejected(_ frame: ReceivedFrame, _ reason: String) {
        log.count(.input)
        guard rejections.admits(at: .now) else { return }
        log.warning(
            .input, "a message cannot be used: \(reason)",
            ["text": "\(String(decoding: frame.bytes.prefix(200), as: UTF8.self))"])
    }

    private func logUnknown(_ frame: ReceivedFrame) {
        guard unknowns.admits(at: .now) else { return }
        log.warning(
            .input, "a message of unknown form",
            ["text": "\(String(decoding: frame.bytes.prefix(200), as: UTF8.self))"])
    }
}
