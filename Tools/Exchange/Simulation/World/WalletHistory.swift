import PMRecord

/// A wallet's past, as the Data API tells it: made when somebody asks.
package struct WalletHistory: Sendable {
    package struct Position: Sendable {
        package let market: Int
        package let outcome: Int
        /// Shares.
        package let size: Double
        /// Dollars per share.
        package let averagePrice: Double
        package let currentPrice: Double
        /// Dollars.
        package let profit: Double
        package let closed: Timestamp?
    }

    /// What is no trade.
    package struct Happening: Sendable {
        package let type: String
        package let market: Int?
        package let dollars: Double
        package let time: Timestamp
        package let transaction: String
    }

    package let plan: WalletPlan
    package private(set) var open: [Position] = []
    package private(set) var closed: [Position] = []
    /// Oldest first, all before the start.
    package private(set) var trades: [Fill] = []
    package private(set) var happenings: [Happening] = []

    init(of wallet: Wallet, in world: World) {
        let markets = world.markets
        let closedMarkets = markets.indices.filter { markets[$0].isClosed }
        plan = WalletPlan(of: wallet, seed: world.options.seed, closedMarkets: world.options.closedMarkets)
        var dice = Dice(seed: world.options.seed, for: "history \(wallet.address)")
        settle(plan.results(dice: &dice), closedMarkets.shuffled(with: &dice), world, &dice)
        trade(wallet, closedMarkets, world, &dice)
        let kinds =
            wallet.character == .maker ? ["MERGE", "SPLIT", "MAKER_REBATE", "REWARD"] : ["REDEEM", "REWARD"]
        for _ in 0..<plan.otherActivity {
            let type = dice.pick(kinds)
            happenings.append(
                Happening(
                    type: type,
                    market: ["REWARD", "MAKER_REBATE"].contains(type) ? nil : dice.pick(closedMarkets),
                    dollars: dice.logNormal(median: 200, sigma: 1),
                    time: world.start.advanced(by: .seconds(-dice.whole(3_600...5_000_000))),
                    transaction: "0x" + dice.hex(64)))
        }
    }

    package var profit: Double { (open + closed).reduce(0) { $0 + $1.profit } }
    package var value: Double { open.reduce(0) { $0 + $1.size * $1.currentPrice } }
    package var winners: Int { (open + closed).count { $0.profit > 0 } }

    /// Gives each profit and loss a position that explains it.
    private mutating func settle(_ cents: [Int], _ resolved: [Int], _ world: World, _ dice: inout Dice) {
        var (wins, losses) = (resolved[...], resolved[...])
        var live = world.live.filter { world.markets[$0].event.series == nil }.shuffled(with: &dice)[...]
        let openWinners = min(plan.open / 2, plan.winners)
        for (number, amount) in cents.enumerated() {
            let dollars = Double(amount) / 100
            let isWinner = amount > 0
            let isOpen =
                isWinner ? number < openWinners : number >= plan.positions - (plan.open - openWinners)
            if isOpen, let market = live.popFirst() {
                open.append(.open(dollars, market, dice.whole(0...1), in: world, &dice))
                continue
            }
            guard let market = isWinner ? wins.popFirst() : losses.popFirst() else { continue }
            let winner = world.markets[market].winner!
            let position = Position.resolved(
                dollars, market, isWinner ? winner : 1 - winner,
                closed: world.markets[market].end.advanced(by: .seconds(dice.whole(60...90_000))), &dice)
            if !isWinner, open.count(where: { $0.currentPrice == 0 }) < plan.unredeemed {
                open.append(position)
            } else {
                closed.append(position)
            }
        }
    }

    private mutating func trade(_ wallet: Wallet, _ closedMarkets: [Int], _ world: World, _ dice: inout Dice)
    {
        let age = max(Int(wallet.created.duration(to: world.start).components.seconds) - 60, 60)
        let moments = (0..<plan.trades).map { _ in dice.whole(60...min(age, 90 * 86_400)) }.sorted(by: >)
        for (number, seconds) in moments.enumerated() {
            let market = dice.chance(0.5) ? dice.pick(closedMarkets) : dice.pick(world.live)
            let time = world.start.advanced(by: .seconds(-seconds))
            let micros = Int(dice.powerLaw(from: 20, exponent: 0.9) * 100) * 10_000
            trades.append(
                Fill(
                    number: number - plan.trades, isTaker: dice.chance(0.6), wallet: wallet.number,
                    market: market,
                    outcome: dice.whole(0...1), side: dice.chance(0.8) ? .buy : .sell,
                    size: decimalText(micros: min(micros, 400_000_000_000)),
                    price: decimalText(micros: dice.whole(5...95) * 10_000), fee: nil,
                    transaction: "0x" + dice.hex(64), time: time, settled: time,
                    blockTime: time.milliseconds / 1_000, oddities: []))
        }
    }
}

extension WalletHistory.Position {
    /// A position in a market that still trades: bought below its price, or above.
    fileprivate static func open(
        _ dollars: Double, _ market: Int, _ outcome: Int, in world: World, _ dice: inout Dice
    ) -> Self {
        let current = Double(world.markets[market].price(of: outcome)) / 1_000
        let average =
            dollars > 0 ? current * dice.real(0.3...0.9) : current + (1 - current) * dice.real(0.2...0.8)
        return Self(
            market: market, outcome: outcome, size: dollars / (current - average), averagePrice: average,
            currentPrice: current, profit: dollars, closed: nil)
    }

    /// A position whose market has paid out, a dollar a share or nothing.
    fileprivate static func resolved(
        _ dollars: Double, _ market: Int, _ outcome: Int, closed: Timestamp, _ dice: inout Dice
    ) -> Self {
        let average = dice.real(0.15...0.85)
        return Self(
            market: market, outcome: outcome,
            size: dollars > 0 ? dollars / (1 - average) : -dollars / average,
            averagePrice: average, currentPrice: dollars > 0 ? 1 : 0, profit: dollars, closed: closed)
    }
}
