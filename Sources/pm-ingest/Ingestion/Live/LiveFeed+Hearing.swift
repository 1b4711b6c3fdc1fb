import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// What becomes of a frame.
extension LiveFeed {
    func hear(_ frame: [UInt8], on link: FeedConnection, of slot: ConnectionSlot) {
        let receivedAt = Timestamp.now()
        keepsakes.record(frame, feed: options.feed, connection: link.number, receivedAt: receivedAt)
        stream.count {
            $0.frames += 1
            $0.lines.lastInputAt = receivedAt
        }
        var firstReason: String?
        for message in decoder.decode(frame: frame, receivedAt: receivedAt) {
            note(message, at: receivedAt, on: link, of: slot)
            switch stream.emit(described(message)) {
            case .emitted(let id?):
                slot.recognised(id, on: link)
                expect(message, id)
            case .duplicate(let id): slot.recognised(id, on: link)
            case .emitted(nil), .unconfirmedTwin: break
            case .dropped(let type):
                if type == FrameDecoder.unknown { sayUnknown(frame) }
            case .rejected(let reason):
                firstReason = firstReason ?? reason
                log.count(.input)
            }
        }
        // Once, however much of it is bad.
        if let firstReason { keepsakes.reject(frame, number: stream.tally.frames, reason: firstReason) }
    }

    /// A trade that was told must come up in the API, or it was taken back.
    func expect(_ message: FeedMessage, _ id: UInt128) {
        guard case .trade(let trade, _) = message,
            let expected = PendingConfirmations.Trade(
                id, transactionHash: trade.transactionHash, at: trade.time)
        else { return }
        desk?.expect(expected)
    }

    /// Notes that data came, and of which type; on the market channel, whatever has a shape is a sign of life.
    func note(_ message: FeedMessage, at now: Timestamp, on link: FeedConnection, of slot: ConnectionSlot) {
        switch message {
        case .trade(let trade, .feed(let type)) where options.feed == .activity:
            if type == vitalType, desk?.auditedTo == nil {
                // It may be some seconds old; what claims to be much older decides nothing.
                desk?.auditedTo = max(now.advanced(by: .seconds(-60)), min(now, trade.time))
            }
            noteData(type, at: now, on: link, of: slot)
        case .news(let news, _):
            markets?.handle(news)
            noteData(vitalType, at: now, on: link, of: slot)
        case .trade, .other:
            guard options.feed == .market else { return }
            if desk?.auditedTo == nil { desk?.auditedTo = now }
            noteData(vitalType, at: now, on: link, of: slot)
        case .record, .malformed: return
        }
    }

    /// The market channel's trades say nothing of their market.
    func described(_ message: FeedMessage) -> FeedMessage {
        guard let markets, case .trade(var trade, let source) = message else { return message }
        markets.addDetails(to: &trade)
        return .trade(trade, source: source)
    }

    func noteData(_ type: String, at now: Timestamp, on link: FeedConnection, of slot: ConnectionSlot) {
        slot.heard(type, on: link, at: .now)
        guard type == vitalType else { return }
        stream.endGap(.unheard(shard: slot.shard))
        lastHeard[slot.shard] = now
        if slots.allSatisfy({ lastHeard[$0.shard] != nil }) { stream.endGap(.stopped) }
    }

    /// A connection is lost or silent; whether that is a gap depends on those that hear the same.
    ///
    /// - Parameter since: When a silent one was last heard: one that began to hear after that knows nothing of the
    ///   time between.
    func noteLoss(_ reason: String, of slot: ConnectionSlot, silentSince since: ContinuousClock.Instant?) {
        let now = ContinuousClock.now
        let isHeard = slots.contains { $0.shard == slot.shard && $0.isHearing(at: now, since: since) }
        guard !isHeard, !stream.gaps.isGoingOn(.stopped) else { return }
        let from = since.map { Timestamp.now().advanced(by: .zero - $0.duration(to: now)) }
        stream.beginGap(
            .unheard(shard: slot.shard), from: from ?? lastHeard[slot.shard] ?? began, cause: reason)
    }

    /// The first few, for what a server has to complain of comes in no known shape either.
    func sayUnknown(_ frame: [UInt8]) {
        guard let count = stream.tally.lines.dropped[FrameDecoder.unknown], count <= 3 else { return }
        log.warning(
            .input, "a message of no known shape",
            ["text": "\(String(decoding: frame.prefix(200), as: UTF8.self))"])
    }
}
