import PMRecord

/// The past of one wallet, generated on demand: positions, trades, other activity and combos.
///
/// It depends only on the seed and on the markets of the start. Later events do not change it.
package struct WalletHistory: Sendable {
    package let wallet: Wallet
    package let targets: WalletTargets
    /// Held positions: running ones, and resolved ones that were not redeemed.
    package private(set) var open: [WalletPosition] = []
    package private(set) var closed: [WalletPosition] = []
    /// Held positions that the default listings leave out.
    package private(set) var dust: [WalletPosition] = []
    package private(set) var archived: [WalletPosition] = []
    /// Oldest first, all before the start.
    package private(set) var trades: [Fill] = []
    package private(set) var events: [ActivityEvent] = []
    package private(set) var combos: [ComboHolding] = []

    init(of wallet: Wallet, in world: World) {
        self.wallet = wallet
        let indices = 0..<world.firstMarkets
        let options = world.options
        targets = WalletTargets(of: wallet, seed: options.seed, closedMarkets: options.closedMarkets)
        var random = SeededRandom(seed: options.seed, for: "history \(wallet.address)")
        let resolved = indices.filter {
            let market = world.markets[$0]
            return market.isClosed && market.end < world.start && !market.isCombo
        }
        let running = indices.filter {
            let market = world.markets[$0]
            return !market.isCombo && market.end >= world.start && market.event.series == nil
        }
        settle(resolved, running, world, &random)
        trade(resolved, running, world, &random)
        let comboMarkets = indices.filter { world.markets[$0].isCombo }.shuffled(with: &random)
        combos = comboMarkets.prefix(targets.combos).map {
            ComboHolding($0, of: wallet, in: world, &random)
        }
        addEvents(resolved, world, &random)
    }

    /// Dollars, over all positions that the default listings show.
    package var profit: Double { Double((open + closed).reduce(0) { $0 + $1.total }) / 10_000 }
    /// Dollars, over all positions.
    package var fullProfit: Double { Double(allPositions.reduce(0) { $0 + $1.total }) / 10_000 }
    package var allPositions: [WalletPosition] { open + closed + dust + archived }
    package var winners: Int { (open + closed).count(where: \.isWin) }
    /// Positions whose result is known, in the default listings.
    package var decided: [WalletPosition] { closed + open.filter { $0.status == .redeemable } }
    /// The same of all positions.
    package var allDecided: [WalletPosition] { allPositions.filter { $0.status != .open } }

    /// Dollars: markets at their price, combos at cost.
    package var value: Double { marketValue + Double(comboCost) / 1_000_000 }
    package var marketValue: Double { Double((open + dust).reduce(0) { $0 + $1.currentValue }) / 10_000 }
    private var comboCost: Int {
        combos.filter { !$0.isResolved || $0.isRedeemable }.reduce(0) { $0 + $1.entryCost }
    }

    /// Gives each profit and loss a position that explains it.
    private mutating func settle(
        _ resolved: [Int], _ running: [Int], _ world: World, _ random: inout SeededRandom
    ) {
        let factory = PositionFactory(world: world, wallet: wallet)
        let usable = resolved.filter { !world.markets[$0].isArchived }.shuffled(with: &random)
        let results = targets.results(random: &random)
        let openWinners = min(targets.open / 2, targets.winners - targets.redeemable)
        let firstOpenLoser = targets.positions - (targets.open - openWinners)
        var (wins, losses) = (usable[...], usable[...])
        var live = running.shuffled(with: &random)[...]
        var pair: (market: Int, outcome: Int, index: Int)?
        for (number, cents) in results.enumerated() {
            let isWinner = number < targets.winners
            if isWinner ? number < openWinners : number >= firstOpenLoser {
                let outcome = random.int(in: 0...1)
                // A market maker holds both outcomes of each other market.
                if wallet.archetype == .maker, let first = pair {
                    pair = nil
                    open.append(factory.open(cents, first.market, 1 - first.outcome, &random))
                    for index in [first.index, open.count - 1] { open[index].isMergeable = true }
                } else if let market = live.popFirst() {
                    open.append(factory.open(cents, market, outcome, &random))
                    pair = (market, outcome, open.count - 1)
                }
            } else if isWinner {
                guard let market = wins.popFirst() else { continue }
                if number < openWinners + targets.redeemable {
                    open.append(factory.redeemable(max(cents, 1), market, &random))
                } else {
                    closed.append(factory.closed(cents, market, &random))
                }
            } else {
                guard let market = losses.popFirst() else { continue }
                if number < targets.winners + targets.lost {
                    open.append(factory.redeemable(min(cents, -1), market, &random))
                } else {
                    closed.append(factory.closed(cents, market, &random))
                }
            }
        }
        dust = running.shuffled(with: &random).prefix(targets.dust).map { factory.dust($0, &random) }
        archived = resolved.filter { world.markets[$0].isArchived }.prefix(targets.archived).map {
            factory.redeemable(-random.int(in: 100...9_000), $0, &random)
        }
    }

    private mutating func trade(
        _ resolved: [Int], _ running: [Int], _ world: World, _ random: inout SeededRandom
    ) {
        let age = max(Int(wallet.created.duration(to: world.start).components.seconds) - 60, 60)
        let moments = (0..<targets.trades).map { _ in random.int(in: 60...min(age, 90 * 86_400)) }
        for (number, seconds) in moments.sorted(by: >).enumerated() {
            let market = random.chance(0.5) ? random.pick(resolved) : random.pick(running)
            let time = world.start.advanced(by: .seconds(-seconds))
            let shares = min(Int(random.powerLaw(from: 20, exponent: 0.9) * 100), 40_000_000) * 10_000
            let price = random.int(in: 5...95) * 10_000
            let isTaker = random.chance(0.6)
            let fee = feeText(shares: Double(shares) / 1_000_000, price: Double(price) / 1_000_000)
            trades.append(
                Fill(
                    number: number - targets.trades, isTaker: isTaker, wallet: wallet.number, market: market,
                    outcome: random.int(in: 0...1), side: random.chance(0.8) ? .buy : .sell,
                    size: decimalText(micros: shares), price: decimalText(micros: price),
                    fee: isTaker && world.markets[market].hasFees ? fee : nil,
                    transaction: "0x" + random.hex(64), time: time, settled: time,
                    block: Block(at: time, period: world.options.blockPeriod), quirks: []))
        }
    }

    private mutating func addEvents(_ resolved: [Int], _ world: World, _ random: inout SeededRandom) {
        for position in closed.filter({ $0.realized > 0 }).prefix(5) {
            events.append(
                ActivityEvent(
                    type: .redeem, market: position.market, dollars: position.totalSize,
                    time: position.lastEvent, transaction: "0x" + random.hex(64)))
        }
        let types = ActivityEvent.types(of: wallet.archetype)
        let age = max(Int(wallet.created.duration(to: world.start).components.seconds), 3_601)
        for _ in 0..<targets.otherActivity {
            let type = random.pick(types)
            events.append(
                ActivityEvent(
                    type: type, market: type.hasMarket ? random.pick(resolved) : nil,
                    dollars: (random.logNormal(median: 200, sigma: 1) * 10_000).rounded() / 10_000,
                    time: world.start.advanced(by: .seconds(-random.int(in: 3_600...min(age, 5_000_000)))),
                    transaction: "0x" + random.hex(64), isOutgoing: random.chance(0.5)))
        }
    }
}

/// Activity of a wallet that is no trade.
package struct ActivityEvent: Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case split = "SPLIT", merge = "MERGE", redeem = "REDEEM", reward = "REWARD"
        case conversion = "CONVERSION", migration = "MIGRATION", deposit = "DEPOSIT"
        case withdrawal = "WITHDRAWAL", yield = "YIELD", makerRebate = "MAKER_REBATE"
        case takerRebate = "TAKER_REBATE", referralReward = "REFERRAL_REWARD", tip = "TIP"

        var hasMarket: Bool { [.split, .merge, .redeem, .conversion].contains(self) }
        var isTransfer: Bool { self == .deposit || self == .withdrawal }
        /// True if version 1 of the Data API lists it by default.
        var isInVersion1: Bool { ![.tip, .takerRebate, .referralReward, .migration].contains(self) }
    }

    package let type: Kind
    package let market: Int?
    package let dollars: Double
    package let time: Timestamp
    package let transaction: String
    /// Tips only: sent, not received.
    package var isOutgoing = false

    static func types(of archetype: Archetype) -> [Kind] {
        archetype == .maker
            ? [.merge, .split, .makerRebate, .reward, .conversion, .deposit, .withdrawal, .tip]
            : [.redeem, .reward, .deposit, .withdrawal, .yield, .takerRebate, .referralReward, .tip]
    }
}
