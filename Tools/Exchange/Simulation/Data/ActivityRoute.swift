import PMJSON
import PMRecord

/// `GET /v2/activity`: trades and everything else that a wallet did.
struct ActivityRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let user = try query.requiredUser()
        let cursor = try query.cursor("activity")
        let limit = try query.limit(cursor, rejects: true)
        let asked = try query.isDescending()
        let isDescending = cursor?.int("d").map { $0 == 2 } ?? asked ?? true
        if cursor != nil, let asked, asked != isDescending { throw .cursor }
        if let sort = query["sort_by"], sort.uppercased() != "TIMESTAMP" {
            throw .invalid("sort_by must be TIMESTAMP", "sort_by")
        }
        let filter = try Filter(query, now: state.now, ignoresLists: state.options.ignoresTypeLists)
        guard let wallet = state.wallet(user) else {
            return Envelope.page([Entry](), limit: limit, next: nil) { _, _ in }
        }
        var entries = entries(of: wallet, filter)
        entries.sort { isDescending ? $0.key > $1.key : $0.key < $1.key }
        if let time = cursor?.int("ts"), let sequence = cursor?.int("sq") {
            let passed = (time, sequence)
            entries.removeAll { isDescending ? $0.key >= passed : $0.key <= passed }
        }
        let page = entries.prefix(limit)
        let next = entries.count > limit ? page.last.map { self.cursor(after: $0, limit, isDescending) } : nil
        return Envelope.page(page, limit: limit, next: next) { $1.write(&$0) }
    }

    /// One row, ordered by time and sequence.
    private struct Entry {
        let key: (time: Int, sequence: Int)
        let write: (inout JSONWriter) -> Void
    }

    private func entries(of wallet: Wallet, _ filter: Filter) -> [Entry] {
        let rows = ActivityRows(world: state.world)
        var entries: [Entry] = []
        if filter.types.isEmpty || filter.types.contains("TRADE") {
            var search = TradeSearch(
                user: wallet.address, conditions: filter.conditions, events: filter.events)
            (search.takerOnly, search.side) = (false, filter.side)
            (search.start, search.end) = (Int64(filter.start), filter.end.map(Int64.init))
            entries = search.rows(in: state, most: .max).map { fill in
                Entry(key: (Int(fill.block.seconds), fill.number)) { rows.write(fill, to: &$0) }
            }
        }
        for (index, event) in state.history(of: wallet).events.enumerated() {
            guard filter.includes(event, in: state.world) else { continue }
            let key = (Int(event.time.milliseconds / 1_000), -1_000_000 - index)
            entries.append(Entry(key: key) { rows.write(event, of: wallet, to: &$0) })
        }
        return entries
    }

    private struct Filter {
        let types: Set<String>
        let conditions: Set<String>
        let events: Set<Int>
        let side: String?
        let start: Int
        let end: Int?
        private let hidesTransfers: Bool

        init(_ query: DataQuery, now: Timestamp, ignoresLists: Bool) throws(DataError) {
            types = try Self.types(query, ignoresLists: ignoresLists)
            conditions = paddedConditions(try query.conditions())
            events = Set(try query.eventIDs())
            guard conditions.isEmpty || events.isEmpty else {
                throw .invalid("condition and event_id are mutually exclusive")
            }
            side = try query.side()
            let requested = try query.int("start")
            start = requested ?? Int(now.milliseconds / 1_000) - 3 * 365 * 86_400
            end = try query.int("end")
            hidesTransfers = query.flag("exclude_deposits_withdrawals", default: true)
        }

        /// The requested types. A repeated name and an unknown type are 400; a list is honoured or ignored.
        private static func types(
            _ query: DataQuery, ignoresLists: Bool
        ) throws(DataError) -> Set<String> {
            guard query.count("type") <= 1 else { throw .invalid("type must be given once", "type") }
            let types = query.all("type").map { $0.uppercased() }
            let known = Set(ActivityEvent.Kind.allCases.map(\.rawValue) + ["TRADE"])
            guard types.allSatisfy(known.contains) else { throw .invalid("unknown activity type", "type") }
            return types.count > 1 && ignoresLists ? [] : Set(types)
        }

        /// Returns true if an event other than a trade matches. Tips match only when the query names them.
        func includes(_ event: ActivityEvent, in world: World) -> Bool {
            let time = Int(event.time.milliseconds / 1_000)
            let market = event.market.map { world.markets[$0] }
            let isNamed = types.contains(event.type.rawValue)
            return (types.isEmpty ? event.type != .tip : isNamed) && side == nil
                && (isNamed || !hidesTransfers || !event.type.isTransfer)
                && time >= start && (end.map { time <= $0 } ?? true)
                && (conditions.isEmpty || market.map { conditions.contains($0.conditionID) } ?? false)
                && (events.isEmpty || market.map { events.contains($0.event.id) } ?? false)
        }
    }

    private func cursor(after entry: Entry, _ limit: Int, _ isDescending: Bool) -> SignedCursor {
        SignedCursor(
            "activity",
            [
                ("l", .number(limit)), ("ts", .number(entry.key.time)), ("sq", .number(entry.key.sequence)),
                ("d", .number(isDescending ? 2 : 1)),
            ])
    }
}
