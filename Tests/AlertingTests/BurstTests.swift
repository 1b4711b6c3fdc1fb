import AlertFixtures
import Alerting
import PMRecord
import Testing

/// Bursts of trades, on a simulated clock.
struct BurstTests {
    private let start = ContinuousClock.now
    private let clock = Timestamp(milliseconds: 1_790_000_000_000)

    /// Makes a trade `second` seconds after ten o'clock, in a transaction of its own.
    private func trade(_ number: Int, at second: Int, _ change: (inout TradeLine) -> Void = { _ in })
        -> AlertTrade
    {
        TradeLine.make {
            $0.id = "t\(number)"
            $0.seq = number
            $0.transaction = "0x\(number)"
            $0.time = Timestamp("2026-11-22T10:00:00Z")!.advanced(by: .seconds(second)).description
            change(&$0)
        }.trade
    }

    @Test func theFirstTradeIsAnAlertAtOnceAndTheRestIsOneFollowUp() {
        var rules = Rules()
        let first = rules.consider(trade(1, at: 0), at: start, clock: clock)
        #expect(first.map(\.alert.revision) == [0])
        #expect(rules.deadline == nil)
        for number in 2...4 {
            #expect(
                rules.consider(trade(number, at: number), at: start + .milliseconds(10), clock: clock).isEmpty
            )
        }
        #expect(rules.deadline == start + .seconds(2))
        #expect(rules.expire(at: start + .milliseconds(1999), clock: clock).isEmpty)
        let second = rules.expire(at: start + .seconds(2), clock: clock)
        #expect(second.map(\.alert.id) == first.map(\.alert.id))
        #expect(second.map(\.alert.revision) == [1])
        #expect(
            second.first?.alert.message
                == "Mega whale buys $75,600 of Yes at 63¢ in 4 trades: Will Malta win?")
        #expect(rules.deadline == nil)
    }

    @Test func pausesBetweenFollowUpsGrow() {
        var rules = Rules()
        _ = rules.consider(trade(0, at: 0), at: start, clock: clock)
        var times: [Int] = []
        for second in 1...300 {
            let now = start + .seconds(second)
            if second <= 110 { _ = rules.consider(trade(second, at: second), at: now, clock: clock) }
            times += rules.expire(at: now, clock: clock).map { _ in second }
        }
        #expect(times == [2, 8, 26, 80, 134])
    }

    @Test(arguments: ["another wallet", "another side", "another market", "a pause"])
    func aTradeOutsideTheBurstIsAnotherAlert(what: String) {
        var rules = Rules()
        _ = rules.consider(trade(1, at: 0), at: start, clock: clock)
        let second = trade(2, at: 1) { line in
            switch what {
            case "another wallet": line.wallet = "0xb"
            case "another side": line.side = "SELL"
            case "another market": line.condition = "0xc"
            default: line.time = "2026-11-22T10:00:31.000Z"
            }
        }
        let other = rules.consider(second, at: start, clock: clock)
        #expect(other.map(\.alert.revision) == [0], "\(what)")
    }

    @Test func aBurstAddsUpTheTradesOfOneParty() {
        var rules = Rules()
        func fill(_ number: Int, _ wallet: String, _ value: String) -> AlertTrade {
            trade(number, at: 0) {
                $0.transaction = "0x1"
                $0.wallet = wallet
                $0.value = value
                $0.size = value
                $0.price = "1"
            }
        }
        _ = rules.consider(fill(1, "0xmaker", "10000"), at: start, clock: clock)
        // The other side of the match is larger, and takes over the alert.
        _ = rules.consider(fill(2, "0xtaker", "50000"), at: start, clock: clock)
        _ = rules.consider(fill(3, "0xanother", "20000"), at: start, clock: clock)
        _ = rules.consider(fill(4, "0xtaker", "5000"), at: start, clock: clock)
        let alerts = rules.release(at: start, clock: clock)
        #expect(alerts.map(\.alert.trade.wallet) == ["0xtaker"])
        #expect(alerts.map(\.alert.burst.value) == [55_000])
        #expect(alerts.map(\.alert.burst.count) == [2])
    }

    @Test func aDuplicateTradeAddsNothing() {
        var rules = Rules()
        for _ in 0..<3 {
            _ = rules.consider(trade(1, at: 0), at: start, clock: clock)
            _ = rules.consider(trade(2, at: 1), at: start, clock: clock)
        }
        #expect(rules.release(at: start, clock: clock).map(\.alert.burst.count) == [2])
        _ = rules.consider(trade(2, at: 1), at: start, clock: clock)
        #expect(rules.release(at: start, clock: clock).isEmpty)
    }

    @Test func aWaitingFollowUpHoldsTheMark() {
        var rules = Rules()
        _ = rules.consider(trade(7, at: 0), at: start, clock: clock)
        #expect(!rules.isHolding(upTo: 9))
        _ = rules.consider(trade(8, at: 1), at: start, clock: clock)
        #expect(!rules.isHolding(upTo: 7))
        #expect(rules.isHolding(upTo: 8))
        _ = rules.expire(at: start + .seconds(2), clock: clock)
        #expect(!rules.isHolding(upTo: 9))
    }

    @Test func enrichmentCausesAFollowUpOfTheWholeBurstAtOnce() {
        var rules = Rules(.make { $0.patience = .zero })
        let pending = TradeLine.make {
            $0.id = "t1"
            $0.transaction = "0x1"
            $0.enrichment = "pending"
        }
        _ = rules.consider(pending.trade, at: start, clock: clock)
        _ = rules.expire(at: start, clock: clock)
        _ = rules.consider(trade(2, at: 1), at: start, clock: clock)
        let alerts = rules.consider(pending.enriched.trade, at: start + .seconds(1), clock: clock)
        #expect(alerts.map(\.alert.revision) == [1])
        #expect(alerts.map(\.alert.burst.count) == [2])
        #expect(alerts.first?.alert.trade.walletName == "Theo")
        #expect(rules.deadline == nil)
    }

    @Test func withoutBurstsEveryTransactionIsAnAlert() {
        var rules = Rules(.make { $0.burst = .zero })
        let alerts = (1...3).flatMap { rules.consider(trade($0, at: $0), at: start, clock: clock) }
        #expect(alerts.map(\.alert.revision) == [0, 0, 0])
    }

    @Test func aFollowUpGoesToTheChannelsOfItsAlert() {
        var rules = Rules()
        let (all, large) = (ChannelAddress(.webhook, "/all"), ChannelAddress(.discord, "/large"))
        var filter = RouteFilter()
        filter.minValue = 50_000
        rules.recipients = [Recipient(name: "ada", routes: [.init(all), .init(large, filter: filter)])]
        _ = rules.consider(trade(1, at: 0), at: start, clock: clock)
        _ = rules.consider(trade(2, at: 1), at: start, clock: clock)
        #expect(rules.expire(at: start + .seconds(2), clock: clock).map(\.channels) == [[all]])
        // A channel that has not had the alert yet gets it at once.
        let big = trade(3, at: 2) { $0.value = "60000" }
        let alerts = rules.consider(big, at: start + .seconds(3), clock: clock)
        #expect(alerts.first?.channels.contains(large) == true)
    }
}

extension RuleOptions {
    static func make(_ change: (inout RuleOptions) -> Void) -> RuleOptions {
        var options = RuleOptions()
        change(&options)
        return options
    }
}
