import Glibc
import PMJSON
import PMPipe
import PMRecord

/// A message to a subscriber's channels that no trade causes: an alert about an invented trade, to test them, or a digest.
package enum SampleAlert {
    /// Sends the alert to every channel of a subscriber, and waits for the results.
    ///
    /// - Returns: The alert's record, and whether every channel has accepted it.
    package static func send(
        to recipient: Recipient, _ settings: ChannelSettings, upTo patience: Duration, log: StageLog
    ) throws(StageError) -> (record: [UInt8], isDelivered: Bool) {
        try send(
            Alert(.whaleMovement, of: trade(), to: recipient.name, decidedAt: .now()), to: recipient,
            settings,
            upTo: patience, log: log)
    }

    /// Sends a digest of grades in the same way.
    package static func send(
        _ digest: GradeDigest, to recipient: Recipient, _ settings: ChannelSettings, upTo patience: Duration,
        log: StageLog
    ) throws(StageError) -> Bool {
        let alert = Alert(
            .whaleMovement, of: gradesAsTrade(), to: recipient.name, decidedAt: .now(), note: digest.text)
        return try send(alert, to: recipient, settings, upTo: patience, log: log).isDelivered
    }

    private static func send(
        _ alert: Alert, to recipient: Recipient, _ settings: ChannelSettings, upTo patience: Duration,
        log: StageLog
    ) throws(StageError) -> (record: [UInt8], isDelivered: Bool) {
        let dispatcher = try Dispatcher(settings, log: log)
        let channels = recipient.routes.map(\.channel)
        var records = PendingRecords(patience: patience)
        records.add(alert.revisionID, on: channels, at: .now)
        dispatcher.note(.alert(alert, channels), at: .now())
        for channel in channels {
            dispatcher.add(AlertReference(alert), to: channel, isLate: false, at: .now, clock: .now())
        }
        let end = ContinuousClock.now + patience
        var draft: PendingRecords.Draft?
        while draft == nil, ContinuousClock.now < end {
            try dispatcher.work()
            for (delivery, address) in dispatcher.takeCompleted() {
                draft = records.complete(delivery, on: address) ?? draft
            }
            guard draft == nil else { break }
            let due = min(dispatcher.deadline ?? end, end)
            _ = dispatcher.wait(upTo: max(.zero, ContinuousClock.now.duration(to: due)))
        }
        let isDelivered = dispatcher.figures.delivered == channels.count
        dispatcher.abandon()
        return ((draft ?? records.expire(at: nil))?.record(of: alert) ?? alert.record, isDelivered)
    }

    /// A record that gives the digest its title and a new id, and has no trade's members.
    private static func gradesAsTrade() -> AlertTrade {
        var writer = JSONWriter()
        writer.object { trade in
            trade.member(Key.kind, Kind.trade.rawValue)
            trade.member(Key.id, "digest\(Timestamp.now().milliseconds)")
            trade.member(Key.via, Via.replay.rawValue)
            trade.member(Key.time, Timestamp.now().description)
            trade.member(Key.title, "How the alerts turned out")
        }
        return AlertTrade(try! Record(writer.bytes))!
    }

    private static func trade() -> AlertTrade {
        let hex = { (digit: Character, count: Int) in "0x" + String(repeating: digit, count: count) }
        var writer = JSONWriter()
        writer.object { trade in
            trade.member(Key.kind, Kind.trade.rawValue)
            // A new id each time, so that no receiver takes the alert for a repetition.
            trade.member(Key.id, "sample\(Timestamp.now().milliseconds)")
            trade.member(Key.via, Via.replay.rawValue)
            trade.member(Key.time, Timestamp.now().description)
            trade.member(Key.side, Side.buy.rawValue)
            trade.member(Key.outcome, "Yes")
            trade.member(Key.title, "A sample: will this message arrive?")
            trade.member(Key.wallet, hex("0", 40))
            trade.member(Key.conditionID, hex("0", 64))
            trade.member(Key.price, raw: "0.63".utf8)
            trade.member(Key.size, raw: "30000".utf8)
            trade.member(Key.value, raw: "18900".utf8)
            trade.member(Key.tier, "MEGA_WHALE")
        }
        return AlertTrade(try! Record(writer.bytes))!
    }
}
