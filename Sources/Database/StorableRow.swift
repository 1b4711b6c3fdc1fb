import PMRecord

/// A record as a row of its table; for a trade also the updates of its wallet and its market.
package struct StorableRow: Sendable {
    let table: Table
    /// The primary key.
    let key: String
    /// The revision or the like: of two rows with one key, the newer has the higher rank.
    let rank: Int
    let row: Row
    let wallet: EntityUpdate?
    let market: EntityUpdate?

    /// - Throws: ``InvalidRecord`` when a member does not fit its column.
    init(_ record: Record, in table: Table) throws(InvalidRecord) {
        self.table = table
        let row = try Row(record, in: table)
        self.row = row
        key = table.key.map { String(decoding: row[$0] ?? [], as: UTF8.self) }.joined(separator: " ")
        rank = table.rank.flatMap { record.integer($0) ?? record.time($0).map { Int($0.milliseconds) } } ?? 0
        guard table === Table.trades else {
            (wallet, market) = (nil, nil)
            return
        }
        let time = row[Table.tradeTime] ?? []
        wallet = EntityUpdate(.wallet, in: record, at: time)
        market = EntityUpdate(.market, in: record, at: time)
    }

    /// The approximate memory of the row, in bytes.
    var size: Int { row.size }
}
