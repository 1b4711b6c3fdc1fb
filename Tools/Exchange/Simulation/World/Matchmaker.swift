import PMRecord

/// Lets orders meet: draws who trades what with whom, and at which price.
struct Matchmaker: Sendable {
    private var dice: Dice
    private var nextNumber = 0
    private var lastBlockTime: Int64 = 0
    /// Between the match and its row on RTDS.
    private let settlement: Duration
    private let ghosts: Double

    init(seed: UInt64, settlement: Duration, ghosts: Double) {
        dice = Dice(seed: seed, for: "matches")
        self.settlement = settlement
        self.ghosts = ghosts
    }

    /// What a trade is to be like; what is `nil` is drawn.
    struct Wish {
        var market: Int?
        var wallet: Int?
        var outcome: Int?
        var side: Side?
        /// As they shall be sent.
        var price: String?
        var size: String?
        var transaction: String?
    }

    /// A match of at most `limit` rows. Popular markets stand first in `live`.
    mutating func match(
        _ wish: Wish = Wish(), in markets: inout [Market], live: [Int], among population: Population,
        at time: Timestamp, limit: Int
    ) -> Match {
        let place =
            wish.market ?? live[min(Int(dice.unit() * dice.unit() * Double(live.count)), live.count - 1)]
        let outcome = wish.outcome ?? dice.whole(0...1)
        let side = wish.side ?? (dice.chance(0.75) ? .buy : .sell)
        // A few shares at the price of a cent are no trade of a hundred thousand dollars.
        let asked = wish.price.flatMap(Double.init).map { Int(($0 * 1_000).rounded()) }
        let quote = min(max(asked ?? markets[place].price(of: outcome), 1), 999)
        let value = min(dice.powerLaw(from: 10, exponent: 0.65), 300_000, 4_000 * Double(quote))
        let shares = wish.size.flatMap(Double.init) ?? value * 1_000 / Double(quote)
        let micros = dice.chance(0.7) ? Int(shares * 100) * 10_000 : Int(shares * 1_000_000)
        let taker = wish.wallet ?? population.taker(forDollars: value, dice: &dice)
        var round = Round(
            market: place, taker: taker, outcome: outcome, side: side, time: time,
            settled: time.advanced(by: settlement + .milliseconds(dice.whole(0...40))),
            transaction: wish.transaction ?? "0x" + dice.hex(64), firstNumber: nextNumber)
        round.isGhost = ghosts > 0 && dice.chance(ghosts)
        round.blockTime = max(lastBlockTime, round.settled.milliseconds / 1_000 - Int64(dice.whole(0...1)))
        lastBlockTime = round.blockTime

        let pieces = split(max(micros, 10_000), limit: limit - 1)
        var (levels, level) = ([Int](), quote)
        let step = side == .buy ? markets[place].tick : -markets[place].tick
        for piece in pieces.indices {
            if piece > 0, dice.chance(0.3) { level += step }
            levels.append(min(max(level, 1), 999))
        }
        addTakers(pieces, levels, wish, to: &round)
        addMakers(pieces, levels, among: population, to: &round, limit: limit)
        nextNumber += round.fills.count
        return Match(
            market: place, fills: round.fills, tickChange: move(&markets[place], by: value, side, outcome))
    }

    /// The parts of a size that the makers take, one to thirty of them.
    private mutating func split(_ micros: Int, limit: Int) -> [Int] {
        let count =
            switch dice.unit() {
            case ..<0.62: 1
            case ..<0.82: 2
            case ..<0.985: dice.whole(3...6)
            default: dice.whole(7...29)
            }
        let parts = max(min(count, limit, micros / 10_000), 1)
        var (rest, pieces) = (micros, [Int]())
        for part in 1..<max(parts, 1) {
            let piece =
                max(Int(Double(rest) / Double(parts - part + 1) * dice.real(0.4...1.6)) / 10_000, 1) * 10_000
            guard piece < rest else { break }
            pieces.append(piece)
            rest -= piece
        }
        return pieces + [rest]
    }

    private mutating func addTakers(_ pieces: [Int], _ levels: [Int], _ wish: Wish, to round: inout Round) {
        // Now and then an order is filled in two parts, which share the transaction.
        let parts =
            pieces.count > 2 && wish.size == nil && dice.chance(0.12)
            ? [0..<pieces.count / 2, pieces.count / 2..<pieces.count] : [pieces.startIndex..<pieces.endIndex]
        for part in parts {
            let size = pieces[part].reduce(0, +)
            let cost = zip(pieces[part], levels[part]).map { Double($0) * Double($1) }.reduce(0, +)
            let isUniform = levels[part].allSatisfy { $0 == levels[part.lowerBound] }
            let price =
                isUniform
                ? decimalText(micros: levels[part.lowerBound] * 1_000) : "\(cost / Double(size) / 1_000)"
            let fee = dice.chance(0.6) ? decimalText(micros: Int(cost / 1_000 * 0.001) / 10 * 10) : nil
            round.add(
                isTaker: true, wallet: round.taker, outcome: round.outcome, side: round.side,
                size: wish.size ?? decimalText(micros: size), price: wish.price ?? price, fee: fee, oddities()
            )
        }
    }

    private mutating func addMakers(
        _ pieces: [Int], _ levels: [Int], among population: Population, to round: inout Round, limit: Int
    ) {
        for (size, level) in zip(pieces, levels) where round.fills.count < limit {
            let maker = population.maker(dice: &dice)
            // A mint or a merge: the other token, on the same side, for what is left of the dollar.
            let isComplementary = dice.chance(0.78)
            let outcome = isComplementary ? 1 - round.outcome : round.outcome
            let side = isComplementary ? round.side : round.side.opposite
            let own = isComplementary ? 1_000 - level : level
            let price =
                isComplementary && dice.chance(0.04)
                ? "\(1 - Double(level) / 1_000)" : decimalText(micros: own * 1_000)
            let odd = oddities()
            if size.isMultiple(of: 20_000), dice.chance(0.004), round.fills.count + 2 <= limit {
                let half = decimalText(micros: size / 2)
                round.add(
                    isTaker: false, wallet: maker, outcome: outcome, side: side, size: half, price: price, odd
                )
                round.add(
                    isTaker: false, wallet: maker, outcome: outcome, side: side, size: half, price: price,
                    odd.union(.twin))
            } else {
                round.add(
                    isTaker: false, wallet: maker, outcome: outcome, side: side,
                    size: decimalText(micros: size),
                    price: price, odd)
            }
        }
    }

    private mutating func oddities() -> Oddities {
        switch dice.unit() {
        case ..<0.01: .unknownOutcome
        case ..<0.02: .textualNumbers
        default: []
        }
    }

    /// Moves the price with the trade, now and then against it.
    private mutating func move(
        _ market: inout Market, by value: Double, _ side: Side, _ outcome: Int
    ) -> (old: Int, new: Int)? {
        market.volume += value
        market.volume24h += value
        market.moves += 1
        guard dice.chance(value > 5_000 ? 0.9 : 0.25) else { return nil }
        let isUp = ((side == .buy) == (outcome == 0)) != dice.chance(0.3)
        let step = market.tick * (value > 20_000 ? dice.whole(1...4) : 1)
        market.price = min(max(market.price + (isUp ? step : -step), 5), 995)
        let tick = market.price > 960 || market.price < 40 ? 1 : 10
        guard tick != market.tick else { return nil }
        defer { market.tick = tick }
        return (market.tick, tick)
    }
}

/// The rows of one transaction as they come together.
private struct Round {
    let market: Int
    let taker: Int
    let outcome: Int
    let side: Side
    let time: Timestamp
    let settled: Timestamp
    let transaction: String
    let firstNumber: Int
    var blockTime: Int64 = 0
    var isGhost = false
    var fills: [Fill] = []

    mutating func add(
        isTaker: Bool, wallet: Int, outcome: Int, side: Side, size: String, price: String, fee: String? = nil,
        _ oddities: Oddities
    ) {
        fills.append(
            Fill(
                number: firstNumber + fills.count, isTaker: isTaker, wallet: wallet, market: market,
                outcome: outcome,
                side: side, size: size, price: price, fee: fee, transaction: transaction, time: time,
                settled: settled, blockTime: blockTime,
                oddities: isGhost ? oddities.union(.ghost) : oddities))
    }
}

extension Side {
    var opposite: Side { self == .buy ? .sell : .buy }
}
