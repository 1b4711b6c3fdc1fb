import PMRecord

/// Lines that are stored in one transaction.
package struct Batch: Sendable {
    package private(set) var lines: [StorableLine] = []
    /// The approximate memory of the batch, in bytes.
    package private(set) var size = 0
    private var rows: [ObjectIdentifier: LatestRows] = [:]
    /// Changes of stored rows, by the table that describes them.
    private var updates: [ObjectIdentifier: LatestRows] = [:]
    private var wallets: [RowKey: EntityUpdate] = [:]
    private var markets: [RowKey: EntityUpdate] = [:]
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
        case .row(_, let table): updates.isEmpty || table !== Table.trades
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
        case .row(let row, let table):
            rows[ObjectIdentifier(table), default: LatestRows()].add(row, in: table)
            guard table === Table.trades else { return }
            wallets.add(row, by: .wallet)
            markets.add(row, by: .market)
        case .update(let row, let table):
            updates[ObjectIdentifier(table), default: LatestRows()].add(row, in: table)
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
        if table === Table.wallets { return wallets.rows(by: .wallet) }
        if table === Table.markets { return markets.rows(by: .market) }
        return (rows[ObjectIdentifier(table)] ?? updates[ObjectIdentifier(table)])?.inOrder ?? []
    }
}

/// The newest row of each key in one table: a statement must not contain a key twice.
private struct LatestRows: Sendable {
    private var latest: [RowKey: Row] = [:]

    var isEmpty: Bool { latest.isEmpty }
    var count: Int { latest.count }
    var inOrder: [Row] { RowKey.inOrder(latest) }

    mutating func add(_ row: Row, in table: Table) {
        let key = RowKey(row, table.key)
        if let known = latest[key], known.rank >= row.rank { return }  // repeated, or an older revision
        latest[key] = row
    }
}

extension [RowKey: EntityUpdate] {
    /// Adds what a trade says about its wallet or market; nothing when it has none.
    fileprivate mutating func add(_ trade: Row, by source: EntityUpdate.Source) {
        guard !trade.isNull(source.key) else { return }
        let key = RowKey(trade, source.key..<source.key + 1)
        self[key, default: EntityUpdate(trade)].add(trade, by: source)
    }

    fileprivate func rows(by source: EntityUpdate.Source) -> [Row] {
        RowKey.inOrder(self).map { $0.row(by: source) }
    }
}
