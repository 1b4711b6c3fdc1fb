import PMRecord

/// The markets there are, made up from a seed: binary ones, groups of one question, and resolved ones.
///
/// The 5-minute crypto markets come later, one by one: see ``Catalogue/cryptoMarket(_:window:length:)``.
struct Catalogue {
    private let seed: UInt64
    private let start: Timestamp
    private var dice: Dice
    private var nextID = 500_001
    private(set) var markets: [Market] = []

    /// - Parameters:
    ///   - open: Markets that trade; a fourth of them in groups.
    ///   - closed: Markets that were resolved in the months before `start`.
    init(seed: UInt64, start: Timestamp, open: Int, closed: Int) {
        self.seed = seed
        self.start = start
        dice = Dice(seed: seed, for: "catalogue")
        for title in awkwardTitles.prefix(open / 4) { addBinary(title: title, isClosed: false) }
        while markets.count < open {
            if dice.chance(0.08) {
                addGroup(of: dice.whole(3...6))
            } else {
                addBinary(title: nil, isClosed: false)
            }
        }
        for _ in 0..<closed { addBinary(title: nil, isClosed: true) }
    }

    /// The market whether a coin stands higher after `length` than at its beginning.
    ///
    /// - Parameter window: When it begins.
    mutating func cryptoMarket(_ coin: Coin, window: Timestamp, length: Duration) -> Market {
        let seconds = window.milliseconds / 1_000
        let slug = "\(coin.ticker)-updown-5m-\(seconds)"
        let title =
            "\(coin.name) Up or Down - \(clockText(window))-\(clockText(window.advanced(by: length))) UTC"
        let event = Event(
            id: takeID(), slug: slug, title: title, category: .crypto, series: "\(coin.ticker)-up-or-down-5m")
        var dice = Dice(seed: seed, for: slug)
        return market(
            slug: slug, title: title, outcomes: ["Up", "Down"], event: event,
            created: window.advanced(by: .zero - length), end: window.advanced(by: length),
            price: dice.whole(400...600), dice: &dice)
    }

    /// A market of its own for a title that somebody asks for.
    mutating func market(titled title: String, slug: String? = nil) -> Market {
        addBinary(title: title, slug: slug, isClosed: false)
        return markets.removeLast()
    }

    private mutating func takeID() -> Int {
        defer { nextID += 1 }
        return nextID
    }

    @discardableResult
    private mutating func addBinary(title: String?, slug: String? = nil, isClosed: Bool) -> Market {
        let category = dice.pick(Category.allCases)
        let phrase = Question(in: category, dice: &dice)
        var own = Dice(seed: seed, for: "market \(nextID)")
        let number = nextID
        let slug = slug ?? "\(slugText(title ?? phrase.title))-\(number)"
        let event = Event(
            id: takeID(), slug: "\(slug)-event", title: title ?? phrase.title, category: category)
        let end = start.advanced(
            by: .seconds(86_400 * (isClosed ? -dice.whole(1...90) : dice.whole(1...120))))
        var market = market(
            slug: slug, title: title ?? phrase.title, outcomes: phrase.outcomes, event: event,
            created: end.advanced(by: .seconds(-86_400 * 200)), end: end,
            // some outcomes are as good as certain
            price: dice.chance(0.1) ? dice.pick([12, 18, 985, 991]) : dice.whole(40...960), dice: &own)
        if isClosed { market.winner = dice.whole(0...1) }
        markets.append(market)
        return market
    }

    private mutating func addGroup(of count: Int) {
        let subject = dice.pick(towns)
        let slug = "mayor-of-\(slugText(subject))-\(nextID)"
        let event = Event(
            id: takeID(), slug: slug, title: "Who will be mayor of \(subject)?", category: .politics,
            negativeRiskID: "0x" + dice.hex(64))
        let end = start.advanced(by: .seconds(86_400 * dice.whole(10...200)))
        var own = Dice(seed: seed, for: slug)
        for name in people.shuffled(with: &dice).prefix(count) {
            markets.append(
                market(
                    slug: "\(slug)-\(slugText(name))", title: "Will \(name) be mayor of \(subject)?",
                    outcomes: ["Yes", "No"], event: event, created: end.advanced(by: .seconds(-86_400 * 300)),
                    end: end, price: max(1_000 / count + own.whole(-80...80), 20), dice: &own))
        }
    }

    private mutating func market(
        slug: String, title: String, outcomes: [String], event: Event, created: Timestamp, end: Timestamp,
        price: Int, dice: inout Dice
    ) -> Market {
        let volume = dice.powerLaw(from: 5_000, exponent: 0.8).rounded()
        return Market(
            id: takeID(), conditionID: "0x" + dice.hex(64), slug: slug, title: title,
            outcomes: dice.chance(0.1) ? outcomes.reversed() : outcomes,
            assets: [dice.tokenID(), dice.tokenID()], event: event, created: created, end: end, price: price,
            tick: price > 960 || price < 40 ? 1 : 10, volume: volume,
            volume24h: (volume * dice.unit()).rounded())
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
    func shuffled(with dice: inout Dice) -> [Element] {
        var rest = self
        return indices.map { _ in rest.remove(at: dice.whole(0...rest.count - 1)) }
    }
}
