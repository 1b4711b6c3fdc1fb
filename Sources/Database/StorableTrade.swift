import PMJSON
import PMRecord

/// A trade as rows: its own, and what it says of its wallet and its market.
package struct StorableTrade: Sendable {
    package let id: String
    package let revision: Int
    package let row: Row
    let wallet: Sighting?
    let market: Sighting?

    /// - Throws: ``Unstorable`` when a member is not what its column holds.
    init(_ record: Record) throws(Unstorable) {
        var writer = RowWriter(columns: Table.trades.columns.count, bytes: record.bytes.count * 2 + 256)
        for column in Table.trades.columns {
            switch column.name {
            case "record": writer.add(column.key, record.bytes)
            case "revision": writer.add(column.key, try record.value(for: column) ?? [UInt8(ascii: "0")])
            case "value":
                let value = try record.value(for: column) ?? record.value.map { Array($0.description.utf8) }
                writer.add(column.key, value)
            default: writer.add(column.key, try record.value(for: column))
            }
        }
        row = writer.finish()
        id = record.text(Key.id)!
        revision = record.revision
        let time = Sighting.time(in: row, of: Table.trades)
        wallet = try Sighting(
            of: Key.wallet, at: time, named: [Key.name, Key.pseudonym], detailedBy: Key.profile, in: record)
        market = try Sighting(
            of: Key.conditionID, at: time, named: [Key.title, Key.slug, Key.eventSlug, Key.icon],
            detailedBy: Key.market, in: record)
    }

    var size: Int { row.json.count + row.cells.count * 16 }
}

extension Record {
    /// The member as the column's JSON; `nil` where it is absent.
    func value(for column: Column) throws(Unstorable) -> [UInt8]? {
        guard let value = raw(column.key) else {
            guard !column.isRequired else { throw Unstorable("\(column.name) is missing") }
            return nil
        }
        switch column.type {
        case .key: if ColumnType.isKey(value) { return Array(value) }
        case .text: if value.first == UInt8(ascii: "\"") { return Array(value) }
        case .time: if let time = CanonicalTime.json(from: value) { return time }
        case .number: if decimal(column.key) != nil { return Array(value) }
        case .integer: if Int64(String(decoding: value, as: UTF8.self)) != nil { return Array(value) }
        case .json: return Array(value)
        }
        throw Unstorable("\(column.name) is no \(column.type.noun)")
    }
}

extension ColumnType {
    private static let longestKey = 128

    static func isKey(_ value: ArraySlice<UInt8>) -> Bool {
        value.first == UInt8(ascii: "\"") && 3...longestKey + 2 ~= value.count
            && value.dropFirst().dropLast().allSatisfy {
                0x20...0x7E ~= $0 && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "\"")
            }
    }

    fileprivate var noun: String {
        switch self {
        case .key: "text of 1 to \(Self.longestKey) plain characters"
        case .text: "text"
        case .time: "moment by RFC 3339"
        case .number: "number of at most 38 digits and 10^±30"
        case .integer: "whole number of 64 bits"
        case .json: "JSON"
        }
    }
}
