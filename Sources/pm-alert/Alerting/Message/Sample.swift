import Glibc
import PMJSON
import PMPipe
import PMRecord

/// An alert about a trade that nobody made, for trying channels out.
package enum Sample {
    /// Tells it on every channel of a subscriber, and waits for what becomes of it.
    ///
    /// - Returns: The alert's record, and whether all channels have taken it.
    package static func send(
        to recipient: Recipient, _ settings: ChannelSettings, upTo patience: Duration, log: StageLog
    ) throws(StageError) -> (record: [UInt8], isDelivered: Bool) {
        let deliveries = try Dispatcher(settings, log: log)
        let alert = Alert(.whaleMovement, of: trade(), to: recipient.name, decidedAt: .now())
        var reports = Reports(patience: patience)
        let end = ContinuousClock.now + patience
        var record = reports.begin(alert, on: recipient.routes.map(\.channel), at: .now)
        for route in recipient.routes {
            _ = deliveries.add(alert, to: route.channel, isLate: false, at: .now, clock: .now())
        }
        while record == nil, ContinuousClock.now < end {
            for (settlement, address) in try deliveries.work() {
                if case .whole(let whole) = reports.settle(settlement, on: address) { record = whole }
            }
            guard record == nil else { break }
            let due = min(deliveries.deadline ?? end, end)
            _ = deliveries.wait(upTo: max(.zero, ContinuousClock.now.duration(to: due)))
        }
        let settled = record ?? reports.close().first ?? alert.record
        let isDelivered = deliveries.figures.delivered == recipient.routes.count
        _ = deliveries.abandon(clock: .now())
        return (settled, isDelivered)
    }

    private static func trade() -> AlertTrade {
        let hex = { (digit: Character, count: Int) in "0x" + String(repeating: digit, count: count) }
        var writer = JSONWriter()
        writer.object { trade in
            trade.member(Key.kind, Kind.trade.rawValue)
            // A sample of its own each time: nobody should take it for a repetition.
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
