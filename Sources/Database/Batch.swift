import PMRecord

/// Lines that are stored together or not at all.
package struct Batch: Sendable {
    package private(set) var entries: [Entry] = []
    /// Bytes that it takes to hold the batch, near enough.
    package private(set) var size = 0
    /// By id: no row may come twice in one statement, and the highest revision is the one to keep.
    private var trades: [String: StorableTrade] = [:]
    private var wallets: [[UInt8]: Sighting] = [:]
    private var markets: [[UInt8]: Sighting] = [:]
    /// By stream, the last of each.
    private var marks: [String: Mark] = [:]

    package init(_ entries: some Sequence<Entry> = []) {
        for entry in entries { add(entry) }
    }

    package mutating func add(_ entry: Entry) {
        entries.append(entry)
        size += entry.size
        switch entry.content {
        case .trade(let trade):
            if let known = trades[trade.id], known.revision >= trade.revision {
                // an older revision, or one told twice
            } else {
                trades[trade.id] = trade
            }
            merge(trade.wallet, into: &wallets)
            merge(trade.market, into: &markets)
        case .mark(let mark):
            if mark.seq >= marks[mark.stream]?.seq ?? 0 { marks[mark.stream] = mark }
        case .other: break
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Whether there is nothing in it for a database.
    package var holdsNoRow: Bool { trades.isEmpty && marks.isEmpty }

    /// Trades, each counted once however many of its revisions there are.
    package var tradeCount: Int { trades.count }

    /// The last mark of each stream.
    package var lastMarks: [Mark] { marks.values.sorted { $0.stream < $1.stream } }

    // Rows leave in the order of their keys, so that two writers never wait for each other crosswise.

    var tradeRows: [Row] {
        trades.sorted { $0.key < $1.key }.map(\.value.row)
    }

    var walletRows: [Row] { Self.rows(of: wallets, in: .wallets) }

    var marketRows: [Row] { Self.rows(of: markets, in: .markets) }

    private func merge(_ sighting: Sighting?, into all: inout [[UInt8]: Sighting]) {
        guard let sighting else { return }
        all[sighting.key]?.merge(sighting) ?? (all[sighting.key] = sighting)
    }

    private static func rows(of sightings: [[UInt8]: Sighting], in table: Table) -> [Row] {
        sightings.values.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { $0.row(of: table) }
    }
}
