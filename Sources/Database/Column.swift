import PMJSON

/// The type of a column, which decides the values that a member may have.
package enum ColumnType: Sendable {
    /// Text to find rows by: 1 to 128 printable ASCII characters.
    case key
    /// Text of any length.
    case text
    /// A time, stored as RFC 3339 in UTC with milliseconds.
    case time
    /// A decimal number, exact in PostgreSQL.
    case number
    /// A signed integer of 64 bits.
    case integer
    /// Any JSON, stored byte for byte.
    case json

    static let longestKey = 128

    /// The cast from text to the type in PostgreSQL.
    var castForPostgres: String {
        switch self {
        case .key, .text: ""
        case .time: "::timestamptz"
        case .number: "::numeric"
        case .integer: "::bigint"
        case .json: "::json"
        }
    }

    /// The expected value, for error messages: "price is not …".
    var noun: String {
        switch self {
        case .key: "text of 1 to \(Self.longestKey) plain characters"
        case .text: "text"
        case .time: "a time by RFC 3339"
        case .number: "a number of at most 38 digits and 10^±30"
        case .integer: "an integer of 64 bits"
        case .json: "JSON"
        }
    }
}

/// A column of a table, named like the record's member that it holds.
///
/// A class, because each value of each row is looked up by its column: a reference is cheap to copy.
package final class Column: Sendable {
    enum Source: Sendable {
        case member
        /// The record's `value`, or price × size where that member is absent.
        case value
        /// The whole line.
        case line
    }

    package let key: JSONKey
    package let name: String
    package let type: ColumnType
    let source: Source
    /// True if a record without the member cannot be stored.
    let isRequired: Bool
    /// The value where the member is absent, as JSON.
    let defaultValue: [UInt8]?

    init(
        _ key: JSONKey, _ type: ColumnType, from source: Source = .member, isRequired: Bool = false,
        default defaultValue: String? = nil
    ) {
        self.key = key
        name = key.name.description
        self.type = type
        self.source = source
        self.isRequired = isRequired
        self.defaultValue = defaultValue.map { Array($0.utf8) }
    }

    static func key(_ key: JSONKey) -> Column { Column(key, .key) }
    static func text(_ key: JSONKey) -> Column { Column(key, .text) }
    static func time(_ key: JSONKey) -> Column { Column(key, .time) }
    static func number(_ key: JSONKey) -> Column { Column(key, .number) }
    static func integer(_ key: JSONKey) -> Column { Column(key, .integer) }
    static func json(_ key: JSONKey) -> Column { Column(key, .json) }

    /// The line itself, byte for byte.
    static let line = Column("record", .json, from: .line)

    var required: Column { Column(key, type, from: source, isRequired: true) }
}
