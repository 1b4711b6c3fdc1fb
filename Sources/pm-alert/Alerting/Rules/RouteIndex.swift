import PMRecord

/// Finds the routes that a trade may match, without asking each of a thousand filters.
///
/// Asking all of them costs 60 µs a trade for 1,000 subscribers. Nearly all filters fail on what can be compared in one
/// step: the value, and the rule, tier, side and role as bits of one word. Filters for wallets, markets or topics are
/// found by the trade's. What is left is decided by ``RouteFilter/mismatch(with:as:)``, so that there is one definition
/// of a match.
struct RouteIndex: Sendable {
    /// The routes of one recipient that match a trade.
    struct Match {
        let recipient: Int
        var routes: [Recipient.Route]
    }

    private struct Candidate {
        /// The least value in millionths of a dollar.
        let least: Int64
        /// A bit for each property that the filter admits.
        let admitted: UInt64
        let recipient: Int32
        let route: Int32

        func admits(_ value: Int64, _ bits: UInt64) -> Bool { least <= value && admitted & bits == bits }
    }

    private let recipients: [Recipient]
    /// The routes without a filter for wallets, markets or topics, by least value.
    private var general: [Candidate] = []
    private var byWallet: [String: [Candidate]] = [:]
    private var byMarket: [String: [Candidate]] = [:]
    private var byCategory: [String: [Candidate]] = [:]
    /// The routes in ``byMarket`` and ``byCategory``, by least value.
    private var named: [Candidate] = []
    /// The bit of each tier that a filter names, up to 48 of them.
    private var tierBits: [String: UInt64] = [:]
    /// True if any route admits the rows of makers.
    private(set) var admitsMakers = false

    init(_ recipients: [Recipient]) {
        self.recipients = recipients
        for (number, recipient) in recipients.enumerated() {
            for (position, route) in recipient.routes.enumerated() {
                let candidate = candidate(route.filter, Int32(number), Int32(position))
                admitsMakers = admitsMakers || candidate.admitted & Bit.maker != 0
                add(candidate, route.filter)
            }
        }
        general.sort { $0.least < $1.least }
        named.sort { $0.least < $1.least }
    }

    private mutating func add(_ candidate: Candidate, _ filter: RouteFilter) {
        if !filter.wallets.isEmpty {
            for wallet in filter.wallets { byWallet[wallet, default: []].append(candidate) }
        } else if !filter.markets.isEmpty {
            for market in filter.markets { byMarket[market, default: []].append(candidate) }
            named.append(candidate)
        } else if !filter.categories.isEmpty {
            for category in filter.categories { byCategory[category, default: []].append(candidate) }
            named.append(candidate)
        } else {
            general.append(candidate)
        }
    }

    /// Returns the matching routes, in the order of the recipients.
    func matches(_ trade: AlertTrade, as type: AlertType) -> [Match] {
        let (value, bits) = (Self.micros(trade.value), bits(of: trade, as: type))
        var places: [(Int32, Int32)] = []
        func check(_ candidates: some Sequence<Candidate>) {
            for candidate in candidates where candidate.admits(value, bits) {
                let filter = recipients[Int(candidate.recipient)].routes[Int(candidate.route)].filter
                if filter.mismatch(with: trade, as: type) == nil {
                    places.append((candidate.recipient, candidate.route))
                }
            }
        }
        check(general.prefix { $0.least <= value })
        if !byWallet.isEmpty, let wallet = trade.wallet { check(byWallet[wallet] ?? []) }
        if !byMarket.isEmpty { for name in trade.marketNames { check(byMarket[name] ?? []) } }
        if !byCategory.isEmpty { for name in trade.categories { check(byCategory[name] ?? []) } }
        // A route may be found by several names.
        places.sort { $0 < $1 }
        var matches: [Match] = []
        var last: (Int32, Int32)?
        for (number, position) in places where last.map({ $0 != (number, position) }) ?? true {
            last = (number, position)
            let route = recipients[Int(number)].routes[Int(position)]
            if matches.last?.recipient == Int(number) {
                matches[matches.count - 1].routes.append(route)
            } else {
                matches.append(Match(recipient: Int(number), routes: [route]))
            }
        }
        return matches
    }

    /// Returns false if no route can match any revision of the trade, whatever enrichment adds.
    func mayMatch(_ trade: AlertTrade, as type: AlertType) -> Bool {
        let (value, bits) = (Self.micros(trade.value), bits(of: trade, as: type))
        // Enrichment may add the market's names and topics.
        for list in [general, named, trade.wallet.flatMap { byWallet[$0] } ?? []]
        where list.contains(where: { $0.admits(value, bits) }) { return true }
        return false
    }

    private static func micros(_ value: Decimal?) -> Int64 { Int64(clamping: value?.micros ?? 0) }

    // MARK: Bits

    private enum Bit {
        static let whale: UInt64 = 1 << 0
        static let smartMoney: UInt64 = 1 << 1
        static let informed: UInt64 = 1 << 2
        static let accumulation: UInt64 = 1 << 3
        static let buy: UInt64 = 1 << 4
        static let sell: UInt64 = 1 << 5
        static let noSide: UInt64 = 1 << 6
        static let maker: UInt64 = 1 << 7
        static let otherRole: UInt64 = 1 << 8
        /// No tier, or one that no filter names.
        static let otherTier: UInt64 = 1 << 9
        static let firstTier = 10
        static let tiers: UInt64 = ~0 << 9
    }

    private func bits(of trade: AlertTrade, as type: AlertType) -> UInt64 {
        Self.bit(type) | Self.bit(trade.side) | (trade.isMaker ? Bit.maker : Bit.otherRole)
            | (trade.tier.flatMap { tierBits[$0] } ?? Bit.otherTier)
    }

    private mutating func candidate(_ filter: RouteFilter, _ recipient: Int32, _ route: Int32) -> Candidate {
        var admitted: UInt64 = 0
        for type in AlertType.allCases where filter.admits(type) {
            admitted |= Self.bit(type)
        }
        for side in [Side.buy, .sell, nil]
        where filter.sides.isEmpty || side.map(filter.sides.contains) == true {
            admitted |= Self.bit(side)
        }
        if filter.admitsRole(isMaker: true) { admitted |= Bit.maker }
        if filter.admitsRole(isMaker: false) { admitted |= Bit.otherRole }
        for tier in filter.tiers {
            if tierBits[tier] == nil, tierBits.count < 64 - Bit.firstTier {
                tierBits[tier] = 1 << UInt64(Bit.firstTier + tierBits.count)
            }
            admitted |= tierBits[tier] ?? Bit.otherTier
        }
        if filter.tiers.isEmpty { admitted |= Bit.tiers }
        return Candidate(
            least: filter.minValue.map { Self.micros($0) } ?? .min, admitted: admitted, recipient: recipient,
            route: route)
    }

    private static func bit(_ type: AlertType) -> UInt64 {
        switch type {
        case .whaleMovement: Bit.whale
        case .smartMoneyEntry: Bit.smartMoney
        case .informedTrade: Bit.informed
        case .accumulation: Bit.accumulation
        }
    }

    private static func bit(_ side: Side?) -> UInt64 {
        switch side {
        case .buy: Bit.buy
        case .sell: Bit.sell
        case nil: Bit.noSide
        }
    }
}
