import PMRecord

/// The kind of a wallet, which the rules about wallets must recognise.
package enum Archetype: String, CaseIterable, Sendable {
    /// 80,000 dollars of profit, 68 % of 150 positions won.
    case whale
    /// Profit above 50,000 and a win rate above 60 %, with many positions.
    case smart
    /// Has large losses, and keeps its worthless shares.
    case degen
    /// Two days old, at most three trades, no position closed.
    case fresh
    /// Hardly ever trades and nearly always wins.
    case insider
    /// Hundreds of positions, thousands of trades, splits and merges, hardly any profit.
    case maker
    case ordinary

    /// The percentage of wallets that are of this kind.
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

    /// The weight with which it is drawn as the taker of a trade of that many dollars.
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

/// A proxy wallet that trades.
package struct Wallet: Sendable {
    package let number: Int
    /// Lower case, as the REST APIs have it.
    package let address: String
    package let archetype: Archetype
    package let name: String
    package let pseudonym: String
    package let created: Timestamp

    package init(number: Int, address: String? = nil, archetype: Archetype, seed: UInt64, start: Timestamp) {
        var random = SeededRandom(seed: seed, for: "wallet \(number)")
        let drawn = "0x" + random.hex(40)
        self.number = number
        self.address = address?.lowercased() ?? drawn
        self.archetype = archetype
        let age = archetype == .fresh ? random.int(in: 3_600...172_000) : random.int(in: 30...900) * 86_400
        // A whole second: `join_date` of the Data API and `createdAt` of Gamma are the same time.
        created = Timestamp(milliseconds: (start.milliseconds / 1_000 - Int64(age)) * 1_000)
        switch random.unit() {
        case ..<0.15: name = "\(self.address)-\(created.milliseconds)"
        case ..<0.25: name = ""
        case ..<0.29: name = random.pick(awkwardNames)
        default: name = random.pick(nouns).lowercased() + String(random.int(in: 1...9_999))
        }
        pseudonym = random.chance(0.2) ? "" : "\(random.pick(adjectives))-\(random.pick(nouns))"
    }

    /// True if `/v2/user-stats` has the time at which the wallet was created.
    package var hasJoinDate: Bool { number % 20 != 13 }

    /// In mixed case, as RTDS sends it. The case is not that of EIP-55's checksum.
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

/// All wallets, by kind.
package struct Population: Sendable {
    private let seed: UInt64
    private let start: Timestamp
    package private(set) var wallets: [Wallet] = []
    private var numbers: [String: Int] = [:]
    private var groups: [Archetype: [Int]] = [:]

    /// - Parameter count: The number of wallets. There is at least one of each kind, even if the count is lower.
    init(seed: UInt64, start: Timestamp, count: Int) {
        self.seed = seed
        self.start = start
        let mix = Archetype.allCases.flatMap { Array(repeating: $0, count: $0.share) }
        var random = SeededRandom(seed: seed, for: "population")
        for number in 0..<max(count, Archetype.allCases.count) {
            let archetype = number < Archetype.allCases.count ? Archetype.allCases[number] : random.pick(mix)
            add(Wallet(number: number, archetype: archetype, seed: seed, start: start))
        }
    }

    package subscript(address: String) -> Wallet? { numbers[address.lowercased()].map { wallets[$0] } }

    package func wallets(like archetype: Archetype) -> [Wallet] {
        (groups[archetype] ?? []).map { wallets[$0] }
    }

    /// Returns the wallet of an address, and creates it if it is unknown.
    mutating func wallet(at address: String, like archetype: Archetype = .fresh) -> Wallet {
        if let known = self[address] { return known }
        let wallet = Wallet(
            number: wallets.count, address: address, archetype: archetype, seed: seed, start: start)
        add(wallet)
        return wallet
    }

    /// Draws the taker of a trade of that many dollars.
    func taker(forDollars value: Double, random: inout SeededRandom) -> Int {
        let weights = Archetype.allCases.map {
            $0.appetite(forDollars: value) * Double(groups[$0]?.count ?? 0)
        }
        var draw = random.unit() * weights.reduce(0, +)
        for (archetype, weight) in zip(Archetype.allCases, weights) {
            draw -= weight
            if draw < 0 { return random.pick(groups[archetype]!) }
        }
        return 0
    }

    /// Draws the owner of a resting order: mostly a market maker.
    func maker(random: inout SeededRandom) -> Int {
        random.chance(0.7) ? random.pick(groups[.maker]!) : random.int(in: 0...wallets.count - 1)
    }

    private mutating func add(_ wallet: Wallet) {
        wallets.append(wallet)
        numbers[wallet.address] = wallet.number
        groups[wallet.archetype, default: []].append(wallet.number)
    }
}
