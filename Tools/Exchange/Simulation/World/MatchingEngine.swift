import PMRecord

/// Draws the trades: the taker, the makers, the market, the price.
struct MatchingEngine: Sendable {
    private let options: World.Options
    private var random: SeededRandom
    private var nextNumber = 0
    private var lastBlock = Block(at: Timestamp(milliseconds: 0), period: .seconds(1))

    init(_ options: World.Options) {
        self.options = options
        random = SeededRandom(seed: options.seed, for: "matches")
    }

    /// The requested properties of a trade; those that are `nil` are drawn.
    struct Request {
        var market: Int?
        var wallet: Int?
        var outcome: Int?
        var side: Side?
        /// With the digits to send.
        var price: String?
        var size: String?
        var transaction: String?
        /// Makers of equal parts who take the other token; `nil` draws makers and parts.
        var mintMakers: Int?
    }

    /// Makes one match.
    ///
    /// - Parameters:
    ///   - live: Markets that trade, popular ones first.
    ///   - limit: Rows at most.
    mutating func match(
        _ request: Request = Request(), in markets: inout [Market], live: [Int], combos: [Int],
        among population: Population, at time: Timestamp, limit: Int
    ) -> Match {
        let index = request.market ?? market(live: live, combos: combos)
        let outcome = request.outcome ?? random.int(in: 0...1)
        let side = request.side ?? (random.chance(0.75) ? .buy : .sell)
        // A trade of a hundred thousand dollars is not made of shares at a cent.
        let asked = request.price.flatMap(Double.init).map { Int(($0 * 1_000).rounded()) }
        let quote = min(max(asked ?? markets[index].price(of: outcome), 1), 999)
        let value = min(random.powerLaw(from: 10, exponent: 0.65), 300_000, 4_000 * Double(quote))
        let shares = request.size.flatMap(Double.init) ?? value * 1_000 / Double(quote)
        let micros = random.chance(0.7) ? Int(shares * 100) * 10_000 : Int(shares * 1_000_000)
        let taker = request.wallet ?? population.taker(forDollars: value, random: &random)
        let settled = time.advanced(by: options.settlement + .milliseconds(random.int(in: 0...40)))
        let block = Block(at: settled, period: options.blockPeriod)
        if block.number > lastBlock.number { lastBlock = block }
        var round = Round(
            market: index, taker: taker, outcome: outcome, side: side, time: time, settled: settled,
            transaction: request.transaction ?? "0x" + random.hex(64), firstNumber: nextNumber,
            block: lastBlock, isGhost: options.ghosts > 0 && random.chance(options.ghosts))

        let parts = request.mintMakers
        let pieces =
            parts.map { Array(repeating: micros / max($0, 1), count: $0) }
            ?? split(max(micros, 10_000), limit: limit - 1)
        var (levels, level) = ([Int](), quote)
        let step = side == .buy ? markets[index].tick : -markets[index].tick
        for piece in pieces.indices {
            if piece > 0, parts == nil, random.chance(0.3) { level += step }
            levels.append(min(max(level, 1), 999))
        }
        addTakers(pieces, levels, request, hasFees: markets[index].hasFees, to: &round)
        addMakers(
            pieces, levels, among: population, isMint: parts != nil, to: &round, limit: limit)
        nextNumber += round.fills.count
        return Match(
            market: index, fills: round.fills, tickChange: move(&markets[index], by: value, side, outcome))
    }

    private mutating func market(live: [Int], combos: [Int]) -> Int {
        if options.comboShare > 0, !combos.isEmpty, random.chance(options.comboShare) {
            return random.pick(combos)
        }
        return live[min(Int(random.unit() * random.unit() * Double(live.count)), live.count - 1)]
    }

    /// Splits a size into the parts of one to thirty makers.
    private mutating func split(_ micros: Int, limit: Int) -> [Int] {
        let count =
            switch random.unit() {
            case ..<0.62: 1
            case ..<0.82: 2
            case ..<0.985: random.int(in: 3...6)
            default: random.int(in: 7...29)
            }
        let parts = max(min(count, limit, micros / 10_000), 1)
        var (rest, pieces) = (micros, [Int]())
        for part in 1..<max(parts, 1) {
            let share = Double(rest) / Double(parts - part + 1) * random.double(in: 0.4...1.6)
            let piece = max(Int(share) / 10_000, 1) * 10_000
            guard piece < rest else { break }
            pieces.append(piece)
            rest -= piece
        }
        return pieces + [rest]
    }

    private mutating func addTakers(
        _ pieces: [Int], _ levels: [Int], _ request: Request, hasFees: Bool, to round: inout Round
    ) {
        // Now and then an order is filled in two parts, which share the transaction.
        let parts =
            pieces.count > 2 && request.size == nil && random.chance(0.12)
            ? [0..<pieces.count / 2, pieces.count / 2..<pieces.count] : [pieces.startIndex..<pieces.endIndex]
        for part in parts {
            let size = request.size ?? decimalText(micros: pieces[part].reduce(0, +))
            let cost = zip(pieces[part], levels[part]).map { Double($0) * Double($1) }.reduce(0, +)
            let isUniform = levels[part].allSatisfy { $0 == levels[part.lowerBound] }
            let average = cost / Double(pieces[part].reduce(0, +)) / 1_000
            let price =
                request.price
                ?? (isUniform ? decimalText(micros: levels[part.lowerBound] * 1_000) : "\(average)")
            let fee = hasFees ? feeText(shares: Double(size)!, price: Double(price)!) : nil
            round.add(
                isTaker: true, wallet: round.taker, outcome: round.outcome, side: round.side, size: size,
                price: price, fee: fee, quirks())
        }
    }

    private mutating func addMakers(
        _ pieces: [Int], _ levels: [Int], among population: Population, isMint: Bool, to round: inout Round,
        limit: Int
    ) {
        for (size, level) in zip(pieces, levels) where round.fills.count < limit {
            let maker = population.maker(random: &random)
            // A mint or a merge: the other token, on the same side, for the rest of the dollar.
            let isComplementary = isMint || random.chance(0.78)
            let outcome = isComplementary ? 1 - round.outcome : round.outcome
            let side = isComplementary ? round.side : round.side.opposite
            let own = isComplementary ? 1_000 - level : level
            let price =
                isComplementary && random.chance(0.04)
                ? "\(1 - Double(level) / 1_000)" : decimalText(micros: own * 1_000)
            let quirks = quirks()
            let isTwin =
                !isMint && size.isMultiple(of: 20_000) && random.chance(0.004)
                && round.fills.count + 2 <= limit
            for copy in 0..<(isTwin ? 2 : 1) {
                round.add(
                    isTaker: false, wallet: maker, outcome: outcome, side: side,
                    size: decimalText(micros: isTwin ? size / 2 : size), price: price,
                    copy == 1 ? quirks.union(.twin) : quirks)
            }
        }
    }

    private mutating func quirks() -> Quirks {
        switch random.unit() {
        case ..<0.01: .unknownOutcome
        case ..<0.02: .textualNumbers
        case ..<0.03: .noEventSlug
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
        guard random.chance(value > 5_000 ? 0.9 : 0.25), !market.isCombo else { return nil }
        let isUp = ((side == .buy) == (outcome == 0)) != random.chance(0.3)
        let step = market.tick * (value > 20_000 ? random.int(in: 1...4) : 1)
        market.price = min(max(market.price + (isUp ? step : -step), 5), 995)
        let tick = market.price > 960 || market.price < 40 ? 1 : 10
        guard tick != market.tick else { return nil }
        defer { market.tick = tick }
        return (market.tick, tick)
    }
}

/// The taker's fee rate of every market with fees.
let feeRate = 0.05

/// A taker's fee in dollars, to 5 decimals: shares × rate × p × (1 − p). Source: docs/POLYMARKET.md, "Chain".
func feeText(shares: Double, price: Double) -> String {
    decimalText(micros: Int(shares * feeRate * price * (1 - price) * 100_000) * 10)
}

/// The rows of one transaction while they are collected.
private struct Round {
    let market: Int
    let taker: Int
    let outcome: Int
    let side: Side
    let time: Timestamp
    let settled: Timestamp
    let transaction: String
    let firstNumber: Int
    let block: Block
    let isGhost: Bool
    var fills: [Fill] = []

    mutating func add(
        isTaker: Bool, wallet: Int, outcome: Int, side: Side, size: String, price: String, fee: String? = nil,
        _ quirks: Quirks
    ) {
        fills.append(
            Fill(
                number: firstNumber + fills.count, isTaker: isTaker, wallet: wallet, market: market,
                outcome: outcome, side: side, size: size, price: price, fee: fee, transaction: transaction,
                time: time, settled: settled, block: block,
                quirks: isGhost ? quirks.union(.ghost) : quirks))
    }
}

extension Side {
    var opposite: Side { self == .buy ? .sell : .buy }
}
