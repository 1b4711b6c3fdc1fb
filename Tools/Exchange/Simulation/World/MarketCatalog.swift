import PMRecord

/// The markets of the world, generated from a seed: binary ones, groups of one question, resolved ones and combos.
///
/// The 5-minute crypto markets are added later, one by one, by ``cryptoMarket(_:window:length:)``.
struct MarketCatalog {
    struct Options {
        var seed: UInt64
        var start: Timestamp
        /// Markets that trade; a fourth of them in groups.
        var open: Int
        /// Markets that were resolved in the months before `start`.
        var closed: Int
        /// Share of the markets that are of Protocol V2.
        var v2Share: Double
        /// Share of those that Gamma does not list.
        var unlistedShare: Double
        var combos: Int
    }

    private let options: Options
    private var random: SeededRandom
    private var nextID = 500_001
    private(set) var markets: [Market] = []

    init(_ options: Options) {
        self.options = options
        random = SeededRandom(seed: options.seed, for: "catalog")
        for title in awkwardTitles.prefix(options.open / 4) { addBinary(title: title, isClosed: false) }
        while markets.count < options.open {
            if random.chance(0.08) {
                addGroup(of: random.int(in: 3...6))
            } else {
                addBinary(title: nil, isClosed: false)
            }
        }
        for number in 0..<options.closed {
            addBinary(title: nil, isClosed: true, isArchived: number % 20 == 7)
        }
        for number in 0..<options.combos { addCombo(number) }
    }

    /// Creates the market "is the coin higher after `length`?".
    ///
    /// - Parameter window: When it begins.
    mutating func cryptoMarket(_ coin: Coin, window: Timestamp, length: Duration) -> Market {
        let seconds = window.milliseconds / 1_000
        let slug = "\(coin.ticker)-updown-5m-\(seconds)"
        let title =
            "\(coin.name) Up or Down - \(clockText(window))-\(clockText(window.advanced(by: length))) UTC"
        let event = Event(
            id: takeID(), slug: slug, title: title, category: .crypto, series: "\(coin.ticker)-up-or-down-5m")
        var random = SeededRandom(seed: options.seed, for: slug)
        return market(
            Draft(
                slug: slug, title: title, outcomes: ["Up", "Down"], event: event,
                created: window.advanced(by: .zero - length), end: window.advanced(by: length),
                price: random.int(in: 400...600)), &random)
    }

    /// Creates a CTF market of its own for a requested title.
    mutating func market(titled title: String, slug: String? = nil) -> Market {
        addBinary(title: title, slug: slug, isClosed: false, isV2: false)
        return markets.removeLast()
    }

    private mutating func takeID() -> Int {
        defer { nextID += 1 }
        return nextID
    }

    private mutating func addBinary(
        title: String?, slug: String? = nil, isClosed: Bool, isArchived: Bool = false, isV2: Bool? = nil
    ) {
        let category = random.pick(Category.allCases)
        let phrase = Question(in: category, random: &random)
        var own = SeededRandom(seed: options.seed, for: "market \(nextID)")
        let slug = slug ?? "\(slugText(title ?? phrase.title))-\(nextID)"
        let event = Event(
            id: takeID(), slug: "\(slug)-event", title: title ?? phrase.title, category: category)
        let end = options.start.advanced(
            by: .seconds(86_400 * (isClosed ? -random.int(in: 1...90) : random.int(in: 1...120))))
        var market = market(
            Draft(
                slug: slug, title: title ?? phrase.title, outcomes: phrase.outcomes, event: event,
                created: end.advanced(by: .seconds(-86_400 * 200)), end: end,
                // Some outcomes are nearly certain.
                price: random.chance(0.1) ? random.pick([12, 18, 985, 991]) : random.int(in: 40...960),
                isArchived: isArchived, isV2: isV2), &own)
        if isClosed { market.winner = random.int(in: 0...1) }
        markets.append(market)
    }

    private mutating func addGroup(of count: Int) {
        let subject = random.pick(towns)
        let slug = "mayor-of-\(slugText(subject))-\(nextID)"
        let event = Event(
            id: takeID(), slug: slug, title: "Who will be mayor of \(subject)?", category: .politics,
            negativeRiskID: "0x" + random.hex(64))
        let end = options.start.advanced(by: .seconds(86_400 * random.int(in: 10...200)))
        var own = SeededRandom(seed: options.seed, for: slug)
        let base = own.chance(options.v2Share) ? own.hex(32) : nil
        for (number, name) in people.shuffled(with: &random).prefix(count).enumerated() {
            var draft = Draft(
                slug: "\(slug)-\(slugText(name))", title: "Will \(name) be mayor of \(subject)?",
                outcomes: ["Yes", "No"], event: event, created: end.advanced(by: .seconds(-86_400 * 300)),
                end: end, price: max(1_000 / count + own.int(in: -80...80), 20))
            draft.group = (base, number)
            markets.append(market(draft, &own))
        }
    }

    /// Adds a combo of two to four CTF markets. Of each eight, one has won, one has lost, and two have a first leg
    /// that is resolved; the others are open.
    private mutating func addCombo(_ number: Int) {
        var own = SeededRandom(seed: options.seed, for: "combo \(number)")
        let isClosed = number.isMultiple(of: 4)
        let isWinner = number.isMultiple(of: 8)
        let candidates = markets.indices.filter {
            markets[$0].module == .ctf && !awkwardTitles.contains(markets[$0].title)
        }
        let count = own.int(in: 2...4)
        var picked = candidates.filter { markets[$0].isClosed == isClosed }.shuffled(with: &own).prefix(count)
        if number % 4 == 1, let resolved = candidates.first(where: { markets[$0].isClosed }), !picked.isEmpty
        {
            picked[0] = resolved
        }
        let legs = picked.map { index in
            let drawn = own.int(in: 0...1)
            return Market.Leg(
                market: index, outcome: isWinner || !isClosed ? markets[index].winner ?? drawn : drawn)
        }
        guard legs.count > 1 else { return }
        let price = legs.reduce(1_000) {
            $0 * max(markets[$1.market].firstPrice(of: $1.outcome), 200) / 1_000
        }
        let id = StructuralID(module: .combo, base: own.hex(32))
        let isWon = legs.allSatisfy { markets[$0.market].winner == $0.outcome }
        markets.append(
            Market(
                id: takeID(), module: .combo, conditionID: id.conditionID, slug: "",
                title: legs.map { markets[$0.market].title }.joined(separator: " AND "),
                outcomes: ["Yes", "No"], assets: [id.position(0), id.position(1)],
                event: Event(id: 0, slug: "", title: "", category: markets[legs[0].market].event.category),
                created: legs.map { markets[$0.market].created }.max()!,
                end: legs.map { markets[$0.market].end }.max()!, legs: legs, isListed: false,
                isArchived: false, firstPrice: max(price, 10), price: max(price, 10), tick: 1, volume: 1_000,
                volume24h: 100, winner: isClosed ? (isWon ? 0 : 1) : nil))
    }

    /// What differs between the markets to create.
    private struct Draft {
        var slug: String
        var title: String
        var outcomes: [String]
        var event: Event
        var created: Timestamp
        var end: Timestamp
        var price: Int
        var isArchived = false
        /// Drawn if `nil`.
        var isV2: Bool?
        /// The base hash of a Protocol V2 group, and which of its markets this is.
        var group: (base: String?, index: Int)?
    }

    private mutating func market(_ draft: Draft, _ random: inout SeededRandom) -> Market {
        let volume = random.powerLaw(from: 5_000, exponent: 0.8).rounded()
        let volume24h = (volume * random.unit()).rounded()
        let hash = "0x" + random.hex(64)
        let isV2 = draft.group.map { $0.base != nil } ?? draft.isV2 ?? random.chance(options.v2Share)
        let id = StructuralID(
            module: draft.group == nil ? .binary : .negRisk,
            base: draft.group?.base ?? String(hash.suffix(32)),
            index: draft.group?.index ?? 0)
        return Market(
            id: takeID(), module: isV2 ? (draft.group == nil ? .binary : .negRisk) : .ctf,
            conditionID: isV2 ? id.conditionID : hash, slug: draft.slug, title: draft.title,
            outcomes: random.chance(0.1) ? draft.outcomes.reversed() : draft.outcomes,
            assets: isV2
                ? [id.position(0), id.position(1)]
                : [decimalText(ofHex: random.hex(64)), decimalText(ofHex: random.hex(64))],
            event: draft.event, created: draft.created, end: draft.end, legs: [],
            isListed: !isV2 || !random.chance(options.unlistedShare), isArchived: draft.isArchived,
            firstPrice: draft.price, price: draft.price, tick: draft.price > 960 || draft.price < 40 ? 1 : 10,
            volume: volume, volume24h: volume24h)
    }
}

package enum Coin: CaseIterable, Sendable {
    case bitcoin, ethereum, solana

    var name: String {
        switch self {
        case .bitcoin: "Bitcoin"
        case .ethereum: "Ethereum"
        case .solana: "Solana"
        }
    }

    var ticker: String {
        switch self {
        case .bitcoin: "btc"
        case .ethereum: "eth"
        case .solana: "sol"
        }
    }
}

/// "15:05".
private func clockText(_ time: Timestamp) -> String { String(time.description.dropFirst(11).prefix(5)) }

/// Lower-case ASCII letters and digits, with hyphens between the words.
func slugText(_ text: String) -> String {
    text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.prefix(10).joined(
        separator: "-")
}

extension Array {
    func shuffled(with random: inout SeededRandom) -> [Element] {
        var rest = self
        return indices.map { _ in rest.remove(at: random.int(in: 0...rest.count - 1)) }
    }
}
