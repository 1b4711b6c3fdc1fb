import PMRecord

/// Generated trades of three days, with everything that the questions of `docs/ANALYSIS.md` ask for.
///
/// No trade is near a time that `ago` names, so that the answers do not depend on the moment of the query.
struct AnalysisData {
    struct Trade {
        var id = ""
        var time = Timestamp(milliseconds: 0)
        var delay = 0
        var market = 0
        var wallet = 0
        var isMaker = false
        var isBuy = true
        var outcome = "Yes"
        /// In cents, and in shares.
        var price = 50
        var size = 0
        var transaction = ""
        var tags: [String] = []
        var winRate: Int?
        var profit: Int?
        /// In basis points.
        var slippage: Int?
        var enrichment: String?
        var via = "live"
        var isRetracted = false

        /// In cents.
        var value: Int { price * size }
        var tier: String? { value >= 5_000_000 ? "MEGA_WHALE" : value >= 1_000_000 ? "WHALE" : nil }
        var title: String { "Market \(market)" }
    }

    static let categories = ["Sports", "Politics", "Crypto"]
    let now: Timestamp
    private(set) var trades: [Trade] = []

    init(at now: Timestamp) {
        self.now = now
        var random = Generator()
        for match in 0..<240 {
            // every 18 minutes of the last three days, beginning 9 minutes ago: never at a whole hour or day ago
            let age = Duration.seconds(540 + 1080 * match)
            var taker = Trade()
            taker.time = now.advanced(by: .zero - age)
            taker.delay = random.next(2000)
            taker.market = random.next(6)
            taker.wallet = random.next(10)
            taker.isBuy = random.next(3) > 0
            taker.outcome = random.next(2) == 0 ? "Yes" : "No"
            taker.price = 1 + random.next(98)
            taker.size = 100 + random.next(100_000)
            taker.transaction = "0x\(match / (1 + random.next(2)))"
            taker.via = random.next(10) == 0 ? "backfill" : "live"
            taker.isRetracted = match % 80 == 79
            taker.enrichment = ["enriched", "partial", "pending"][min(random.next(8), 2)]
            if taker.wallet == 9 { taker.wallet = age < .seconds(80_000) ? 9 : 8 }  // a new wallet
            if taker.enrichment != "pending" {
                (taker.winRate, taker.profit) = (40 + 5 * taker.wallet, 20_000 * taker.wallet - 10_000)
                taker.slippage = random.next(500)
                taker.tags = taker.tier.map { [$0] } ?? []
                if taker.winRate! > 60, taker.profit! > 50_000 { taker.tags.append("SMART_MONEY") }
                if taker.wallet == 9 { taker.tags.append("FRESH_WALLET") }
                if taker.slippage! > 400 { taker.tags.append("SWEEPER") }
            }
            taker.id = "t\(match)"
            trades.append(taker)
            for maker in 0..<random.next(3) {
                var trade = taker
                (trade.id, trade.isMaker, trade.isBuy) = ("t\(match)m\(maker)", true, !taker.isBuy)
                (trade.wallet, trade.size, trade.isRetracted) = (10 + random.next(4), taker.size / 2, false)
                (trade.winRate, trade.profit, trade.slippage, trade.enrichment) = (nil, nil, nil, nil)
                trade.tags = []
                trades.append(trade)
            }
        }
    }

    /// The trades that were not retracted.
    var valid: [Trade] { trades.filter { !$0.isRetracted } }

    /// One for each match.
    var matches: [Trade] { valid.filter { !$0.isMaker } }

    var lines: [String] {
        trades.map(line)
            + trades.filter(\.isRetracted).map {
                #"{"kind":"retract","id":"\#($0.id)","seq":9,"reason":"the exchange shows no such transaction"}"#
            } + gaps + audits + alerts + portfolios
    }

    /// The trades with an alert, whose subscriber is ann or bob.
    var alerted: [(subscriber: String, trade: Trade)] {
        matches.filter { $0.tier != nil }.enumerated().map { ($0 % 3 == 0 ? "ann" : "bob", $1) }
    }

    private var alerts: [String] {
        alerted.map { subscriber, trade in
            #"{"kind":"alert","id":"a-\#(trade.id)","time":"\#(trade.time)","rule":"WHALE_MOVEMENT","#
                + #""subscriber":"\#(subscriber)","trade_id":"\#(trade.id)"}"#
        }
    }

    private var gaps: [String] {
        [("g1", "closed", 30, 29, 3), ("g2", "unrecoverable", 28, 27, 0)].map {
            id, state, from, to, recovered in
            #"{"kind":"gap","id":"\#(id)","seq":1,"feed":"activity","state":"\#(state)","from":"\#(hoursAgo(from))","#
                + #""to":"\#(hoursAgo(to))","cause":"silent","recovered":\#(recovered)}"#
        }
    }

    private var audits: [String] {
        (1...40).map { hour in
            #"{"kind":"audit","seq":\#(hour),"feed":"activity","from":"\#(hoursAgo(hour + 1))","to":"\#(hoursAgo(hour))","#
                + #""known":50,"missed":\#(hour % 7 == 0 ? 1 : 0)}"#
        }
    }

    private var portfolios: [String] {
        (0..<6).map { number in
            #"{"kind":"portfolio","wallet":"0xw\#(number % 3)","as_of":"\#(hoursAgo(10 - number))","#
                + #""value":\#(1000 * (number + 1)),"profit":\#(10 * number),"positions":1}"#
        }
    }

    private func hoursAgo(_ hours: Int) -> Timestamp { now.advanced(by: .seconds(-3600 * hours)) }

    private func line(_ trade: Trade) -> String {
        var line =
            #"{"kind":"trade","id":"\#(trade.id)","seq":1,"feed":"activity","via":"\#(trade.via)","#
            + #""time":"\#(trade.time)","received_at":"\#(trade.time.advanced(by: .milliseconds(trade.delay)))","#
            + #""asset_id":"\#(trade.market)\#(trade.outcome)","condition_id":"0xm\#(trade.market)","#
            + #""tx_hash":"\#(trade.transaction)","wallet":"0xw\#(trade.wallet)","side":"\#(trade.isBuy ? "BUY" : "SELL")","#
            + #""role":"\#(trade.isMaker ? "maker" : "taker")","outcome":"\#(trade.outcome)","title":"\#(trade.title)","#
            + #""name":"Wallet \#(trade.wallet)","price":0.\#(trade.price < 10 ? "0" : "")\#(trade.price),"#
            + #""size":\#(trade.size)"#
        if let tier = trade.tier { line += #","tier":"\#(tier)""# }
        if let enrichment = trade.enrichment {
            line += #","enrichment":"\#(enrichment)","revision":\#(enrichment == "pending" ? 0 : 1)"#
        }
        if let winRate = trade.winRate, let profit = trade.profit, let slippage = trade.slippage {
            line +=
                #","tags":\#("[" + trade.tags.map { "\"\($0)\"" }.joined(separator: ",") + "]"),"#
                + #""profile":{"win_rate":0.\#(winRate),"total_profit":\#(profit),"positions":40,"label":"Whale","#
                + #""as_of":"\#(trade.time)"},"impact":{"slippage_percent":\#(slippage / 100).\#(slippage % 100 / 10)},"#
                + #""market":{"question":"\#(trade.title)","tags":["\#(Self.categories[trade.market % 3])","Daily"],"#
                + #""end_date":"\#(hoursAgo(-24 * (1 + trade.market)))","as_of":"\#(trade.time)"}"#
        }
        return line + "}"
    }

    /// A linear congruential generator, the same in every run.
    ///
    /// Source of the constants: Knuth, MMIX.
    private struct Generator {
        private var state: UInt64 = 2026

        /// Returns a number from 0 up to `bound`, exclusively.
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }
}
