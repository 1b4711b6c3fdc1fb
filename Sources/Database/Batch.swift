import PMRecord

/// Lines that are stored together or not at all.
package struct Batch: Sendable {
    package private(set) var entries: [Entry] = []
    /// Bytes that it takes to hold the batch, near enough.
    package private(set) var size = 0
    /// By table and key: no row may come twice in one statement, and the newest is the one to keep.
    private var rows: [ObjectIdentifier: [String: StorableRow]] = [:]
    private var retractions: [String: StorableRow] = [:]
    private var wallets: [String: Sighting] = [:]
    private var markets: [String: Sighting] = [:]
    /// By stream, the last of each.
    private var marks: [String: Mark] = [:]

    package init(_ entries: some Sequence<Entry> = []) {
        for entry in entries { add(entry) }
    }

    /// Whether the entry may be stored with the others: a trade and its retraction are two statements' work.
    package func admits(_ entry: Entry) -> Bool {
        switch entry.content {
        case .row(let row): retractions.isEmpty || retractions[row.key] == nil
        case .retraction(let row): rows[ObjectIdentifier(Table.trades)]?[row.key] == nil
        case .mark, .other: true
        }
    }

    /// - Precondition: The batch ``admits(_:)`` it.
    package mutating func add(_ entry: Entry) {
        entries.append(entry)
        size += entry.size
        switch entry.content {
        case .row(let row):
            if let known = rows[ObjectIdentifier(row.table)]?[row.key], known.rank >= row.rank {
                // an older revision, or one told twice
            } else {
                rows[ObjectIdentifier(row.table), default: [:]][row.key] = row
            }
            if let wallet = row.wallet { wallets.merge(wallet) }
            if let market = row.market { markets.merge(market) }
        case .retraction(let row): retractions[row.key] = row
        case .mark(let mark):
            if mark.seq >= marks[mark.stream]?.seq ?? 0 { marks[mark.stream] = mark }
        case .other: break
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Whether there is nothing in it for a database.
    package var holdsNoRow: Bool { rows.isEmpty && retractions.isEmpty && marks.isEmpty }

    /// Trades, each counted once however many of its revisions there are.
    package var tradeCount: Int { rows[ObjectIdentifier(Table.trades)]?.count ?? 0 }

    /// The last mark of each stream.
    package var lastMarks: [Mark] { marks.values.sorted { $0.stream < $1.stream } }

    /// Whether there are rows beside those of trades, wallets, markets and cursors.
    var holdsRareRows: Bool {
        !retractions.isEmpty || rows.count > (rows[ObjectIdentifier(Table.trades)] == nil ? 0 : 1)
    }

    // Rows leave in the order of their keys, so that two writers never wait for each other crosswise.

    func rows(of table: Table) -> [Row] {
        if table === Table.wallets { return wallets.rows(of: table) }
        if table === Table.markets { return markets.rows(of: table) }
        if table === Table.retractions { return retractions.sorted { $0.key < $1.key }.map(\.value.row) }
        return (rows[ObjectIdentifier(table)] ?? [:]).sorted { $0.key < $1.key }.map(\.value.row)
    }
}

extension [String: Sighting] {
    fileprivate mutating func merge(_ sighting: Sighting) {
        self[sighting.key]?.merge(sighting) ?? (self[sighting.key] = sighting)
    }

    fileprivate func rows(of table: Table) -> [Row] {
        values.sorted { $0.key < $1.key }.map { $0.row(of: table) }
    }
}
