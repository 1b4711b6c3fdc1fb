/// A search in the trades, newest first, as both versions of `/trades` offer it.
struct TradeSearch {
    var user: String?
    /// Conditions with 64 digits.
    var conditions: Set<String> = []
    var events: Set<Int> = []
    var takerOnly = true
    var side: String?
    /// Seconds, inclusive.
    var start: Int64?
    var end: Int64?
    /// The smallest trade, in shares or, if `isCash`, dollars.
    var least: Double?
    var isCash = false
    /// Only trades with a smaller number.
    var before: Int?

    func rows(in state: DataState, most: Int) -> [Fill] {
        let wallet = user.flatMap { state.wallet($0) }
        if user != nil, wallet == nil { return [] }
        var found: [Fill] = []
        let world = state.world
        for fill in world.truth[..<upperBound(in: state)].reversed() {
            if found.count >= most { return found }
            if let start, fill.block.seconds < start { break }
            if matches(fill, wallet, world) { found.append(fill) }
        }
        guard let wallet else { return found }
        for fill in state.history(of: wallet).trades.reversed() where found.count < most {
            if matches(fill, wallet, world) { found.append(fill) }
        }
        return found
    }

    /// The index in the truth at which the rows end that the cursor has passed: numbers are indices.
    private func upperBound(in state: DataState) -> Int {
        let visible = user == nil ? state.visible.byCondition : state.visible.byUser
        return min(max(before ?? visible, 0), visible)
    }

    private func matches(_ fill: Fill, _ wallet: Wallet?, _ world: World) -> Bool {
        let market = world.markets[fill.market]
        return !fill.quirks.contains(.ghost) && (wallet.map { fill.wallet == $0.number } ?? true)
            && (!takerOnly || fill.isTaker) && (before.map { fill.number < $0 } ?? true)
            && (start.map { fill.block.seconds >= $0 } ?? true)
            && (end.map { fill.block.seconds <= $0 } ?? true)
            && (conditions.isEmpty || conditions.contains(market.conditionID))
            && (events.isEmpty || events.contains(market.event.id))
            && (side.map { fill.side.rawValue == $0 } ?? true)
            && (least.map { (isCash ? fill.dollars : fill.shares) >= $0 } ?? true)
    }
}

/// Condition ids with 64 digits: those of Protocol V2 and combos come with 62, too.
func paddedConditions(_ ids: [String]) -> Set<String> {
    Set(ids.map { $0.utf8.count == 64 ? $0.lowercased() + "00" : $0.lowercased() })
}
