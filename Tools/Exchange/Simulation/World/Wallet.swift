import PMRecord

/// What somebody is like who trades here: what the rules about wallets are to find out.
package enum Character: String, CaseIterable, Sendable {
    /// 80,000 dollars of profit, 68 % of over 100 positions won.
    case whale
    /// Profit above 50,000 and a win rate above 60 %, with many positions.
    case smart
    /// Deep in the red; keeps its worthless shares.
    case degen
    /// Two days old, at most three trades, no position closed.
    case fresh
    /// Hardly ever trades and nearly always wins.
    case insider
    /// Hundreds of positions, thousands of trades, splits and merges, hardly any profit.
    case maker
    case ordinary

    /// How many of a hundred wallets are like that.
    var share: Int {
        switch self {
        case .whale: 2
        case .smart: 5
        case .degen: 10
        case .fresh: 12
        case .insider: 3
        case .maker: 8
        case .ordinary: 60
        }
    }

    /// How much sooner than others it is drawn for a trade of that many dollars.
    func appetite(forDollars value: Double) -> Double {
        let isLarge = value >= 5_000
        return switch self {
        case .whale: isLarge ? 40 : 1
        case .smart: isLarge ? 12 : 2
        case .degen: isLarge ? 4 : 2
        case .fresh: isLarge ? 3 : 1
        case .insider: isLarge ? 6 : 0.2
        case .maker: 0
        case .ordinary: isLarge ? 0.3 : 1
        }
    }
}

/// Somebody who trades.
package struct Wallet: Sendable {
    package let number: Int
    /// Lower case, as the REST APIs have it.
    package let address: String
    package let character: Character
    package let name: String
    package let pseudonym: String
    package let created: Timestamp

    package init(number: Int, address: String? = nil, character: Character, seed: UInt64, start: Timestamp) {
        var dice = Dice(seed: seed, for: "wallet \(number)")
        let drawn = "0x" + dice.hex(40)
        self.number = number
        self.address = address?.lowercased() ?? drawn
        self.character = character
        let age = character == .fresh ? dice.whole(3_600...172_000) : dice.whole(30...900) * 86_400
        created = start.advanced(by: .seconds(-age))
        switch dice.unit() {
        case ..<0.15: name = "\(self.address)-\(created.milliseconds)"
        case ..<0.25: name = ""
        case ..<0.29: name = dice.pick(awkwardNames)
        default: name = dice.pick(nouns).lowercased() + String(dice.whole(1...9_999))
        }
        pseudonym = dice.chance(0.2) ? "" : "\(dice.pick(adjectives))-\(dice.pick(nouns))"
    }

    /// In mixed case, as RTDS has it. The case is not that of EIP-55's checksum, which nobody here computes.
    package var mixedCaseAddress: String {
        var hash: UInt8 = 17
        return "0x"
            + String(
                address.dropFirst(2).map { digit in
                    hash = hash &* 31 &+ digit.asciiValue!
                    return hash & 8 == 0 ? digit : digit.uppercased().first!
                })
    }
}

/// Everybody who trades, drawn by what they are like.
package struct Population: Sendable {
    private let seed: UInt64
    private let start: Timestamp
    package private(set) var wallets: [Wallet] = []
    private var numbers: [String: Int] = [:]
    private var groups: [Character: [Int]] = [:]

    /// - Parameter count: At least one of each character, whatever the count.
    init(seed: UInt64, start: Timestamp, count: Int) {
        self.seed = seed
        self.start = start
        let mix = Character.allCases.flatMap { Array(repeating: $0, count: $0.share) }
        var dice = Dice(seed: seed, for: "population")
        for number in 0..<max(count, Character.allCases.count) {
            let character = number < Character.allCases.count ? Character.allCases[number] : dice.pick(mix)
            add(Wallet(number: number, character: character, seed: seed, start: start))
        }
    }

    package subscript(address: String) -> Wallet? { numbers[address.lowercased()].map { wallets[$0] } }

    package func wallets(like character: Character) -> [Wallet] {
        (groups[character] ?? []).map { wallets[$0] }
    }

    /// The wallet of that address, made if need be.
    mutating func wallet(at address: String, like character: Character = .fresh) -> Wallet {
        if let known = self[address] { return known }
        let wallet = Wallet(
            number: wallets.count, address: address, character: character, seed: seed, start: start)
        add(wallet)
        return wallet
    }

    /// Somebody for the taker's side of a trade of that many dollars.
    func taker(forDollars value: Double, dice: inout Dice) -> Int {
        let weights = Character.allCases.map {
            $0.appetite(forDollars: value) * Double(groups[$0]?.count ?? 0)
        }
        var draw = dice.unit() * weights.reduce(0, +)
        for (character, weight) in zip(Character.allCases, weights) {
            draw -= weight
            if draw < 0 { return dice.pick(groups[character]!) }
        }
        return 0
    }

    /// Somebody whose order lay in the book: mostly a market maker.
    func maker(dice: inout Dice) -> Int {
        dice.chance(0.7) ? dice.pick(groups[.maker]!) : dice.whole(0...wallets.count - 1)
    }

    private mutating func add(_ wallet: Wallet) {
        wallets.append(wallet)
        numbers[wallet.address] = wallet.number
        groups[wallet.character, default: []].append(wallet.number)
    }
}
