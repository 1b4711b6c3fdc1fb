import PMJSON
import PMRecord

/// A member of a trade that its row has for the table of wallets or markets.
struct Detail: Sendable {
    enum Form: Sendable {
        /// One cell: the text of a string, or any other JSON.
        case text
        /// Two cells: the object, and its `as_of`. Both are null where the member is no object.
        case object
    }

    let key: JSONKey
    let form: Form

    init(_ key: JSONKey, _ form: Form) {
        self.key = key
        self.form = form
    }

    var cells: Int { form == .object ? 2 : 1 }
}

/// The data that one or more trades give about a wallet or a market: for each part, the row that has it.
///
/// The result does not depend on the order or the number of batches: the first and last times are extremes; names
/// and details have a time, the latest wins, and of two with the same time the first.
struct EntityUpdate: Sendable {
    /// The cells of a trade's row that describe the entity.
    struct Source: Sendable {
        let table: Table
        let key: Int
        let names: [Int]
        /// The object, followed by its time.
        let details: Int

        static let wallet = Source(
            table: .wallets, key: cell(Key.wallet), names: [cell(Key.name), cell(Key.pseudonym)],
            details: cell(Key.profile))
        static let market = Source(
            table: .markets, key: cell(Key.conditionID),
            names: [cell(Key.title), cell(Key.slug), cell(Key.eventSlug), cell(Key.icon)],
            details: cell(Key.market))
    }

    private var first: Row
    private var last: Row
    private var named: Row?
    private var detailed: Row?

    init(_ trade: Row) {
        (first, last) = (trade, trade)
    }

    mutating func add(_ trade: Row, by source: Source) {
        if Row.compare(trade, tradeTime, first, tradeTime) < 0 { first = trade }
        if Row.compare(last, tradeTime, trade, tradeTime) < 0 { last = trade }
        if source.names.contains(where: { !trade.isNull($0) }),
            named.map({ Row.compare($0, tradeTime, trade, tradeTime) < 0 }) ?? true
        {
            named = trade
        }
        if !trade.isNull(source.details),
            detailed.map({
                Row.compare($0, asOf(of: $0, source), trade, asOf(of: trade, source)) < 0
            }) ?? true
        {
            detailed = trade
        }
    }

    /// Details without a time of their own have the time of the trade.
    private func asOf(of trade: Row, _ source: Source) -> Int {
        trade.isNull(source.details + 1) ? tradeTime : source.details + 1
    }

    /// Returns the row for a table with the columns key, names, `named_at`, `first_seen`, `last_seen`, details and
    /// their time.
    func row(by source: Source) -> Row {
        var writer = RowWriter(columns: source.table.columns.count)
        writer.add(source.key, of: first)
        for name in source.names { writer.add(named, name) }
        writer.add(named, tradeTime)
        writer.add(tradeTime, of: first)
        writer.add(tradeTime, of: last)
        writer.add(detailed, source.details)
        writer.add(detailed, detailed.map { asOf(of: $0, source) } ?? 0)
        return Row(writer)
    }
}

extension RowWriter {
    fileprivate mutating func add(_ row: Row?, _ cell: Int) {
        if let row { add(cell, of: row) } else { addNull() }
    }
}

private let tradeTime = cell(Key.time)

/// Returns the index of the first cell of a member in a trade's row.
private func cell(_ key: JSONKey) -> Int {
    let table = Table.trades
    if let column = table.columns.firstIndex(where: {
        $0.name == key.name.description && $0.source == .member
    }) {
        return column
    }
    var next = table.columns.count
    for detail in table.details {
        if detail.key.name.description == key.name.description { return next }
        next += detail.cells
    }
    preconditionFailure("a trade's row has no \(key.name)")
}
