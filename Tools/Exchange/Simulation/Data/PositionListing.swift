import PMJSON

/// A walk over positions: the filters, the order, and the state of the cursor.
///
/// The cursor keeps the anchor, the status, the sort and the filters by size, event and archive; the title, the
/// condition and the times must be sent again. Source: docs/POLYMARKET.md, "cursor rules".
struct PositionListing {
    enum Anchor: Equatable {
        case user(String)
        case condition(String)

        var text: String {
            switch self {
            case .user(let address): address
            case .condition(let id): id
            }
        }

        var isUser: Bool { if case .user = self { true } else { false } }
    }

    enum Status: String, CaseIterable {
        case open = "OPEN"
        case redeemable = "REDEEMABLE"
        case lost = "REDEEMABLE_LOST"
        case mergeable = "MERGEABLE"
        case closed = "CLOSED"
    }

    enum Sort: String, CaseIterable {
        case currentValue = "CURRENT_VALUE"
        case price = "PRICE"
        case tokens = "TOKENS"
        case unrealized = "UNREALIZED_PNL"
        case realized = "REALIZED_PNL"
        case total = "TOTAL_PNL"
        case timestamp = "TIMESTAMP"
    }

    let anchor: Anchor
    let cursor: SignedCursor?
    private let status: Status
    /// As requested; ``servedSort`` may differ.
    private let sort: Sort
    private let isDescending: Bool
    private let isCash: Bool
    /// The smallest value in dollars or size in shares, as requested; 0 for none.
    private let amount: Double
    private let hasFixedDustFloor: Bool
    private let includesArchived: Bool
    private let events: Set<Int>
    private let conditions: Set<String>
    private let title: String?
    private let start: Int?
    private let end: Int?

    init(_ query: DataQuery, hasFixedDustFloor: Bool) throws(DataError) {
        self.hasFixedDustFloor = hasFixedDustFloor
        let user = try query.user()
        conditions = paddedConditions(try query.conditions())
        if let user {
            anchor = .user(user)
        } else if let condition = conditions.first {
            guard conditions.count == 1 else {
                throw .invalid("exactly one condition is required without user", "condition")
            }
            anchor = .condition(condition)
        } else {
            throw .invalid("required query param 'user' or 'condition' not provided")
        }
        cursor = try query.cursor("positions")
        if let cursor, cursor["a"]?.string != anchor.text { throw .cursor }

        let status = try Self.choice(Status.self, query["status"], "status")
        let sort = try Self.choice(Sort.self, query["sort_by"], "sort_by")
        let isDescending = try query.isDescending()
        self.status = try Self.agreed(cursor?["s"]?.string.flatMap(Status.init), status) ?? .open
        let fallback: Sort =
            switch self.status {
            case .open, .redeemable, .lost: .currentValue
            case .mergeable: .tokens
            case .closed: .realized
            }
        self.sort = try Self.agreed(cursor?["k"]?.string.flatMap(Sort.init), sort) ?? fallback
        self.isDescending = try Self.agreed(cursor?.int("d").map { $0 == 2 }, isDescending) ?? true

        isCash = (cursor?["f"]?.string ?? query["filter_type"]?.uppercased()) == "CASH"
        amount = cursor?["m"]?.double ?? query["filter_amount"].flatMap(Double.init) ?? 0
        let asksArchived = query.flag("include_archived", default: false)
        includesArchived = cursor?.int("ar").map { $0 == 1 } ?? asksArchived
        let requestedEvents = try query.eventIDs()
        events = Set(cursor?["e"]?.string?.split(separator: ",").compactMap { Int($0) } ?? requestedEvents)
        guard events.isEmpty || anchor.isUser else { throw .invalid("event_id requires user", "event_id") }
        guard self.status != .lost || anchor.isUser else {
            throw .invalid("status REDEEMABLE_LOST requires user", "status")
        }
        guard self.status != .closed || !asksArchived else {
            throw .invalid("include_archived is not supported for CLOSED", "include_archived")
        }
        title = query["title"]?.lowercased()
        guard title.map({ $0.count <= 200 }) ?? true else {
            throw .invalid("title must contain at most 200 characters", "title")
        }
        start = try query.int("start")
        end = try query.int("end")
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type, _ text: String?, _ name: String
    ) throws(DataError) -> Choice? where Choice.RawValue == String {
        guard let text else { return nil }
        guard let choice = Choice(rawValue: text.uppercased()) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("\(name) must be one of \(all)", name)
        }
        return choice
    }

    /// A cursor's value, which a request may restate but not contradict.
    private static func agreed<Value: Equatable>(_ kept: Value?, _ asked: Value?) throws(DataError) -> Value?
    {
        if let kept, let asked, kept != asked { throw .cursor }
        return kept ?? asked
    }

    /// A wallet's closed positions have no value, price, size or unrealized result to sort by.
    private var servedSort: Sort {
        guard status == .closed, anchor.isUser else { return sort }
        switch sort {
        case .currentValue, .price, .tokens, .unrealized: return .realized
        case .realized, .total, .timestamp: return sort
        }
    }

    func includes(_ holding: WalletStore.Holding, in world: World) -> Bool {
        let (position, market) = (holding.position, world.markets[holding.position.market])
        let seconds = Int(position.lastEvent.milliseconds / 1_000)
        let isOfStatus =
            switch status {
            case .open: position.status != .closed
            case .redeemable: position.status == .redeemable
            case .lost: position.isLost
            case .mergeable: anchor.isUser ? position.isMergeable : position.status != .closed
            case .closed: position.status == .closed
            }
        let isLarge =
            isCash
            ? position.value >= amount && position.currentSize >= dustFloor
            : position.currentSize
                >= (amount > 0 && !hasFixedDustFloor ? amount : max(amount, dustFloor))
        return isOfStatus && (status == .closed || isLarge)
            && (includesArchived || !market.isArchived)
            && (conditions.isEmpty || conditions.contains(market.conditionID))
            && (events.isEmpty || events.contains(market.event.id))
            && (title.map { market.title.lowercased().contains($0) } ?? true)
            && (start.map { seconds >= $0 } ?? true) && (end.map { seconds <= $0 } ?? true)
    }

    /// Shares below which a held position is left out by default.
    private let dustFloor = 0.1

    private func key(_ position: WalletPosition) -> Double {
        switch servedSort {
        case .currentValue: Double(position.currentValue)
        case .price: position.currentPrice
        case .tokens: position.currentSize
        case .unrealized: Double(position.unrealized)
        case .realized: Double(position.realized)
        case .total: Double(position.total)
        case .timestamp: Double(position.lastEvent.milliseconds / 1_000)
        }
    }

    private func place(_ holding: WalletStore.Holding, in world: World) -> (Double, String, String) {
        let position = holding.position
        return (
            isDescending ? -key(position) : key(position),
            world.markets[position.market].assets[position.outcome], holding.wallet.address
        )
    }

    func precedes(_ one: WalletStore.Holding, _ other: WalletStore.Holding, in world: World) -> Bool {
        place(one, in: world) < place(other, in: world)
    }

    func isAfter(_ cursor: SignedCursor, _ holding: WalletStore.Holding, in world: World) -> Bool {
        let passed = (
            cursor["v"]?.double ?? 0, cursor["t"]?.string ?? "", cursor["w"]?.string ?? ""
        )
        return place(holding, in: world) > passed
    }

    func cursor(after last: WalletStore.Holding, _ limit: Int, in world: World) -> SignedCursor {
        let place = place(last, in: world)
        return SignedCursor(
            "positions",
            [
                ("l", .number(limit)), ("a", .string(anchor.text)), ("s", .string(status.rawValue)),
                ("k", .string(sort.rawValue)), ("d", .number(isDescending ? 2 : 1)),
                ("f", .string(isCash ? "CASH" : "TOKENS")), ("m", .number("\(amount)")),
                ("ar", .number(includesArchived ? 1 : 0)),
                ("e", .string(events.map(String.init).joined(separator: ","))),
                ("v", .number("\(place.0)")), ("t", .string(place.1)), ("w", .string(place.2)),
            ])
    }
}
