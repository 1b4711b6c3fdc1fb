import PMRecord

/// Lines that are stored together or not at all.
package struct Batch: Sendable {
    package private(set) var entries: [Entry] = []
    /// Bytes that it takes to hold the batch, near enough.
    package private(set) var size = 0
    private var rows: [ObjectIdentifier: LatestRows] = [:]
    private var retractions = LatestRows()
    private var wallets: [String: EntityUpdate] = [:]
    private var markets: [String: EntityUpdate] = [:]
    /// By stream, the last of each.
    private var marks: [String: Mark] = [:]
    /// What ``pack(for:)`` has made, until another entry comes.
    private(set) var freight: PostgresBatch?

    package init(_ entries: some Sequence<Entry> = []) {
        for entry in entries { add(entry) }
    }

    /// Whether the entry may be stored with the others: no batch changes the table of trades in two ways.
    package func admits(_ entry: Entry) -> Bool {
        switch entry.content {
        case .row(let row): retractions.isEmpty || row.table !== Table.trades
        case .retraction: tradeCount == 0
        case .mark, .other: true
        }
    }

    /// - Precondition: The batch ``admits(_:)`` it.
    package mutating func add(_ entry: Entry) {
        (freight, isPacked) = (nil, false)
        entries.append(entry)
        size += entry.size
        switch entry.content {
        case .row(let row):
            rows[ObjectIdentifier(row.table), default: LatestRows()].add(row)
            if let wallet = row.wallet { wallets.merge(wallet) }
            if let market = row.market { markets.merge(market) }
        case .retraction(let row): retractions.add(row)
        case .mark(let mark):
            if mark.seq >= marks[mark.stream]?.seq ?? 0 { marks[mark.stream] = mark }
        case .other: break
        }
    }

    /// Makes beforehand what the database will be sent, which ``RecordStore/save(_:)`` does otherwise.
    package mutating func pack(for location: DatabaseLocation) {
        isPacked = true
        guard case .postgres = location, !holdsNoRow else { return }
        freight = PostgresBatch(of: self)
    }

    package private(set) var isPacked = false

    package var isEmpty: Bool { entries.isEmpty }

    /// Whether there is nothing in it for a database.
    package var holdsNoRow: Bool { rows.isEmpty && retractions.isEmpty && marks.isEmpty }

    /// Trades, each counted once however many of its revisions there are.
    package var tradeCount: Int { rows[ObjectIdentifier(Table.trades)]?.count ?? 0 }

    /// The last mark of each stream.
    package var lastMarks: [Mark] { marks.values.sorted { $0.stream < $1.stream } }

    /// Whether there are rows beside those of trades, wallets, markets and cursors.
    var holdsRareRows: Bool { rows.count > (tradeCount == 0 ? 0 : 1) }

    var holdsRetractions: Bool { !retractions.isEmpty }

    // Rows leave in the order of their keys, so that two writers never wait for each other crosswise.

    func rows(of table: Table) -> [Row] {
        if table === Table.wallets { return wallets.rows(of: table) }
        if table === Table.markets { return markets.rows(of: table) }
        if table === Table.retractions { return retractions.inOrder }
        return rows[ObjectIdentifier(table)]?.inOrder ?? []
    }
}

/// Rows of one table by key, of each the newest: none may come twice in one statement.
private struct LatestRows: Sendable {
    private var latest: [String: (rank: Int, row: Row)] = [:]

    var isEmpty: Bool { latest.isEmpty }
    var count: Int { latest.count }
    var inOrder: [Row] { latest.sorted { $0.key < $1.key }.map(\.value.row) }

    mutating func add(_ row: StorableRow) {
        if let known = latest[row.key], known.rank >= row.rank { return }  // told twice, or an older revision
        latest[row.key] = (row.rank, row.row)
    }
}

extension [String: EntityUpdate] {
    fileprivate mutating func merge(_ sighting: EntityUpdate) {
        self[sighting.key]?.merge(sighting) ?? (self[sighting.key] = sighting)
    }

    fileprivate func rows(of table: Table) -> [Row] {
        values.sorted { $0.key < $1.key }.map { $0.row(of: table) }
    }
}
