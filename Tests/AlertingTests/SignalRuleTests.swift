import AlertFixtures
import Alerting
import PMJSON
import PMRecord
import TestSupport
import Testing

/// Alerts by signals: for subscribers that ask for them.
struct SignalRuleTests {
    static func trade(_ signals: String?, tier: String? = nil) -> AlertTrade {
        let tier = tier.map { #","tier":"\#($0)""# } ?? ""
        let signals = signals.map { #","signals":\#($0)"# } ?? ""
        return AlertTrade(
            try! Record(
                Array(
                    #"""
                    {"kind":"trade","id":"t","time":"2026-11-22T10:00:00.000Z","wallet":"0xw","side":"BUY","price":0.1,\#
                    "size":9000,"value":900,"title":"Will it?","revision":1,"enrichment":"enriched"\#(tier)\#(signals)}
                    """#.utf8)))!
    }

    static func alerts(
        _ trade: AlertTrade, types: Set<AlertType>, withoutNoise: Set<String> = [], informedScore: Int = 70
    ) -> [Alert] {
        var options = RuleOptions()
        options.informedScore = informedScore
        var rules = Rules(options)
        var filter = RouteFilter()
        (filter.types, filter.excludedNoise) = (types, withoutNoise)
        rules.recipients = [
            Recipient(name: "ann", routes: [Recipient.Route(ChannelAddress(.command, "/x"), filter: filter)])
        ]
        return rules.consider(trade, at: .now, clock: Timestamp(milliseconds: 0)).map(\.alert)
    }

    @Test(
        arguments: [
            (#"{"score":70}"#, nil, [AlertType.informedTrade], AlertType.informedTrade),
            (#"{"score":69}"#, nil, [.informedTrade], nil), (#"{"score":90}"#, nil, [], nil),
            (#"{"score":90}"#, "WHALE", [], .whaleMovement),
            (#"{"score":90}"#, "WHALE", [.informedTrade], .informedTrade),
            (#"{"score":90}"#, "WHALE", [.informedTrade, .whaleMovement], .whaleMovement),
            (#"{"accumulation":{"window":"1h","value":10800}}"#, nil, [.accumulation], .accumulation),
            (
                #"{"accumulation":{"window":"1h","value":10800}}"#, nil, [.whaleMovement, .smartMoneyEntry],
                nil
            ),
            (nil, "WHALE", [.informedTrade], nil),
        ] as [(String?, String?, Set<AlertType>, AlertType?)])
    func aSubscriberGetsTheTypesThatItNames(
        _ signals: String?, _ tier: String?, _ types: Set<AlertType>, _ type: AlertType?
    ) {
        #expect(
            Self.alerts(Self.trade(signals, tier: tier), types: types).map(\.type)
                == [type].compactMap(\.self))
    }

    @Test(
        arguments: [
            (["NEAR_CERTAIN"], false), (["BOT"], true), (["ALL"], false), ([], true),
        ] as [(Set<String>, Bool)])
    func noiseIsLeftOutByChoice(_ withoutNoise: Set<String>, _ isDelivered: Bool) {
        let trade = Self.trade(#"{"noise":["NEAR_CERTAIN"]}"#, tier: "WHALE")
        #expect(Self.alerts(trade, types: [], withoutNoise: withoutNoise).count == (isDelivered ? 1 : 0))
    }

    @Test func messagesSayWhatTheSignalsAre() {
        let informed = Self.alerts(Self.trade(#"{"score":82}"#), types: [.informedTrade])
        #expect(informed[0].message == "A possibly informed wallet buys $900 at 10¢, score 82: Will it?")
        let accumulation = Self.alerts(
            Self.trade(#"{"accumulation":{"window":"24h","value":10800}}"#), types: [.accumulation])
        #expect(
            accumulation[0].message == "An accumulating wallet buys $900 at 10¢, $10,800 net in 24h: Will it?"
        )
        let closing = Self.alerts(Self.trade(#"{"position":"closing"}"#, tier: "WHALE"), types: [])
        #expect(closing[0].message == "Whale buys $900 at 10¢, closing the position: Will it?")
    }
}
