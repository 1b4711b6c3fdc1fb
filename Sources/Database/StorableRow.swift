import PMRecord

/// A record as a row of its table, and, of a trade, what it says of its wallet and its market.
package struct StorableRow: Sendable {
    let table: Table
    /// What tells rows of the table apart.
    let key: String
    /// Of two rows with one key the one with the higher rank is the newer.
    let rank: Int
    let row: Row
    let wallet: EntityUpdate?
    let market: EntityUpdate?

    /// - Throws: ``Unstorable`` when a member is not what its column holds.
    init(_ record: Record, in table: Table) throws(Unstorable) {
        self.table = table
        let row = try Row(record, in: table)
        self.row = row
        key = table.key.map { String(decoding: row[$0] ?? [], as: UTF8.self) }.joined(separator: " ")
        rank = table.rank.flatMap(record.integer) ?? 0
        guard table === Table.trades else {
            (wallet, market) = (nil, nil)
            return
        }
        let time = row[Table.tradeTime] ?? []
        wallet = EntityUpdate(.wallet, in: record, at: time)
        market = EntityUpdate(.market, in: record, at: time)
    }

    /// Bytes that it takes to hold the row, near enough.
    var size: Int { row.size }
}
