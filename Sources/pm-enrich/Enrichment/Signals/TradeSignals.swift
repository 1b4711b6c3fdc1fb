import PMJSON
import PMRecord
import PolymarketAPI
import Signals

/// The signals of one trade, from the results of its look-ups and from earlier trades.
struct TradeSignals {
    private let score: InformedTradeScore
    private let change: PositionChange?
    private let noise: [NoiseLabel]
    private let skill: Skill?
    private let taken: TakenLevels?
    private let context: SignalContext

    init(_ trade: TradeLine, _ results: EnrichmentResults, _ context: SignalContext) {
        let (profile, market) = (results.profile, results.market)
        let price = trade.record.decimal(Key.price)
        self.context = context
        skill = profile?.skill
        taken = results.matches.flatMap { trade.takenLevels(in: $0) }
        var (held, heldOfOther): (Decimal?, Decimal?)
        if let holdings = results.holdings, let asset = trade.assetID, let side = trade.side,
            let size = trade.size, let time = trade.time
        {
            held = Decimal(micros: Int128(holdings.shares(of: asset, after: side, size, at: time).count))
            heldOfOther = Decimal(micros: Int128(holdings.sharesBeside(asset).count))
        }
        if let held, let heldOfOther, let side = trade.side, let size = trade.record.decimal(Key.size) {
            change = PositionChange(side, size: size, held: held, heldOfOther: heldOfOther)
        } else {
            change = nil
        }

        var noise = NoiseFacts()
        noise.pattern = profile?.pattern
        (noise.price, noise.held, noise.heldOfOther) = (price, held, heldOfOther)
        noise.topics = market?.topics ?? []
        noise.slug = trade.record.text(Key.slug)
        self.noise = noise.labels

        var facts = InformedTradeScore.Facts()
        facts.isFreshWallet = profile?.isFresh(at: trade.time)
        facts.value = Double(trade.value.count) / 1e6
        facts.marketVolume = market?.volume24h.map { Double($0.count) / 1e6 }
        if let price = price?.double { facts.boughtPrice = trade.side == .sell ? 1 - price : price }
        if let end = market?.endDate, let time = trade.time {
            facts.hoursToEnd = Double(time.duration(to: end).inMilliseconds) / 3_600_000
        }
        if let held = held?.double, let price = price?.double, let total = profile?.portfolioValue {
            let inMarket = held * price
            let all = max(Double(total.count) / 1e6, inMarket)
            facts.concentration = all > 0 ? inMarket / all : nil
        }
        facts.isNewCategory = context.isNewCategory
        facts.isHedged = heldOfOther.map { $0 > Decimal("0.1")! }
        // A sale that leaves a position bets on nothing.
        let isExit = change == .closing || change == .reducing
        score = InformedTradeScore(isExit ? InformedTradeScore.Facts() : facts)
    }

    func json(asOf now: Timestamp) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { signals in
            signals.member(Key.score, score.points)
            signals.key(Key.parts)
            signals.object { parts in
                for (part, points) in score.parts {
                    parts.key(part.rawValue)
                    parts.integer(points)
                }
            }
            signals.member(Key.position, change?.rawValue)
            signals.member(Key.noise, noise.map(\.rawValue))
            if let skill, let pValue = skill.pValue, let verdict = skill.verdict {
                signals.key(Key.skill)
                signals.object { members in
                    members.member(Key.bets, skill.bets)
                    members.member(Key.wins, skill.wins)
                    members.member(Key.expectedWins, number: skill.expectedWins, decimals: 2)
                    members.member(Key.pValue, number: pValue, decimals: 4)
                    members.member(Key.verdict, verdict.rawValue)
                }
            }
            if let taken {
                signals.key(Key.sweep)
                signals.object { sweep in
                    sweep.member(Key.levels, taken.levels)
                    sweep.member(Key.bestPrice, raw: taken.best.description.utf8)
                    sweep.member(Key.worstPrice, raw: taken.worst.description.utf8)
                    sweep.member(Key.averagePrice, raw: taken.average.description.utf8)
                }
            }
            if let accumulation = context.accumulation {
                signals.key(Key.accumulation)
                signals.object { members in
                    members.member(Key.window, accumulation.window.rawValue)
                    members.member(Key.value, raw: accumulation.value.description.utf8)
                    members.member(Key.size, raw: accumulation.size.description.utf8)
                    members.member(Key.trades, accumulation.trades)
                }
            }
            if let related = context.related {
                signals.key(Key.related)
                signals.object { members in
                    members.member(Key.wallets, related.wallets)
                    members.member(Key.value, raw: related.value.description.utf8)
                }
            }
            signals.member(Key.asOf, now.description)
        }
        return writer.bytes
    }
}

extension TradeLine {
    /// The levels that this trade took, where it is a taker's; `nil` for a maker's row.
    fileprivate func takenLevels(in matches: [Polygon.Match]) -> TakenLevels? {
        guard let assetID, let side, let wallet, record.text(Key.role) != Role.maker.rawValue else {
            return nil
        }
        let own = matches.filter { $0.taker.maker == wallet && $0.taker.asset == assetID }
        let fills = own.flatMap(\.makers).compactMap { fill in
            fill.price.map { price in
                TakenLevels.Fill(
                    asset: fill.asset, side: fill.side, price: Decimal(micros: Int128(price.count)),
                    size: Decimal(micros: Int128(fill.size.count)))
            }
        }
        return TakenLevels(taking: side, of: assetID, from: fills)
    }
}
