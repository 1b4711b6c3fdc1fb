import PMRecord

/// Lines that are stored in one transaction.
package struct Batch: Sendable {
    package private(set) var lines: [StorableLine] = []
    /// The approximate memory of the batch, in bytes.
    package private(set) var size = 0
    private var rows: [ObjectIdentifier: LatestRows] = [:]
    /// Changes of stored rows, by the table that describes them.
    private var updates: [ObjectIdentifier: LatestRows] = [:]
    private var wallets: [String: EntityUpdate] = [:]
    private var markets: [String: EntityUpdate] = [:]
    /// The last mark of each stream.
    private var marks: [String: Mark] = [:]
    /// The result of ``encode(for:)``; `nil` again after another line is added.
    private(set) var encoded: PostgresBatch?
    package private(set) var isEncoded = false

    package init(_ lines: some Sequence<StorableLine> = []) {
        for line in lines { add(line) }
    }

    /// Returns true if the line may join the batch: no batch both inserts trades and changes them or their markets.
    package func admits(_ line: StorableLine) -> Bool {
        switch line.content {
        case .row(let row): updates.isEmpty || row.table !== Table.trades
        case .update: tradeCount == 0
        case .mark, .other: true
        }
    }

    /// - Precondition: The batch ``admits(_:)`` the line.
    package mutating func add(_ line: StorableLine) {
        (encoded, isEncoded) = (nil, false)
        lines.append(line)
        size += line.size
        switch line.content {
        case .row(let row):
            rows[ObjectIdentifier(row.table), default: LatestRows()].add(row)
            if let wallet = row.wallet { wallets.merge(wallet) }
            if let market = row.market { markets.merge(market) }
        case .update(let row): updates[ObjectIdentifier(row.table), default: LatestRows()].add(row)
        case .mark(let mark):
            if mark.seq >= marks[mark.stream]?.seq ?? 0 { marks[mark.stream] = mark }
        case .other: break
        }
    }

    /// Encodes the parameters of the statement ahead of ``RecordStore/save(_:)``, which otherwise does it.
    package mutating func encode(for location: DatabaseLocation) {
        isEncoded = true
        guard case .postgres = location, !hasNoRows else { return }
        encoded = PostgresBatch(of: self)
    }

    package var isEmpty: Bool { lines.isEmpty }

    /// True if the batch has nothing to store.
    package var hasNoRows: Bool { rows.isEmpty && updates.isEmpty && marks.isEmpty }

    /// The number of trades; the revisions of one trade count once.
    package var tradeCount: Int { rows[ObjectIdentifier(Table.trades)]?.count ?? 0 }

    /// The last mark of each stream.
    package var lastMarks: [Mark] { marks.values.sorted { $0.stream < $1.stream } }

    /// True if there are rows of tables other than trades, wallets, markets and cursors.
    var hasRareRows: Bool { rows.count > (tradeCount == 0 ? 0 : 1) }

    var hasUpdates: Bool { !updates.isEmpty }

    // Rows are in the order of their keys, so that two writers never deadlock.

    func rows(of table: Table) -> [Row] {
        if table === Table.wallets { return wallets.rows(of: table) }
        if table === Table.markets { return markets.rows(of: table) }
        return (rows[ObjectIdentifier(table)] ?? updates[ObjectIdentifier(table)])?.inOrder ?? []
    }
}

/// The newest row of each key in one table: a statement must not contain a key twice.
private struct LatestRows: Sendable {
    private var latest: [String: (rank: Int, row: Row)] = [:]

    var isEmpty: Bool { latest.isEmpty }
    var count: Int { latest.count }
    var inOrder: [Row] { latest.sorted { $0.key < $1.key }.map(\.value.row) }

    mutating func add(_ row: StorableRow) {
        if let known = latest[row.key], known.rank >= row.rank { return }  // repeated, or an older revision
        latest[row.key] = (row.rank, row.row)
    }
}

extension [String: EntityUpdate] {
    fileprivate mutating func merge(_ update: EntityUpdate) {
        self[update.key]?.merge(update) ?? (self[update.key] = update)
    }

    fileprivate func rows(of table: Table) -> [Row] {
        values.sorted { $0.key < $1.key }.map { $0.row(of: table) }
    }
}
