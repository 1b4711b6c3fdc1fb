import PMJSON

/// What a column holds, which decides what a member must be to be stored in it.
package enum ColumnType: Sendable {
    /// Text that rows are found by: 1 to 128 printable ASCII characters.
    case key
    /// Text of any kind and length.
    case text
    /// A moment, kept as RFC 3339 in UTC with milliseconds.
    case time
    /// A number in decimal, exact in PostgreSQL.
    case number
    /// A whole number of 64 bits, signed.
    case integer
    /// Any JSON, kept to the byte.
    case json

    static let longestKey = 128

    /// What makes the value of a text in PostgreSQL.
    var castForPostgres: String {
        switch self {
        case .key, .text: ""
        case .time: "::timestamptz"
        case .number: "::numeric"
        case .integer: "::bigint"
        case .json: "::json"
        }
    }

    /// What a member must be, as it is said to people.
    var noun: String {
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

/// A column of a table. It has the name of the member that it holds. A class, for every value of every row is
/// asked for by its column.
package final class Column: Sendable {
    enum Source: Sendable {
        case member
        /// As the member, or price × size where that is absent.
        case value
        /// The line itself.
        case line
    }

    package let key: JSONKey
    package let name: String
    package let type: ColumnType
    let source: Source
    /// Whether a record without it cannot be stored.
    let isRequired: Bool
    /// What is stored where the member is absent, as JSON.
    let absent: [UInt8]?

    init(
        _ key: JSONKey, _ type: ColumnType, from source: Source = .member, isRequired: Bool = false,
        else absent: String? = nil
    ) {
        self.key = key
        name = key.name.description
        self.type = type
        self.source = source
        self.isRequired = isRequired
        self.absent = absent.map { Array($0.utf8) }
    }

    static func key(_ key: JSONKey) -> Column { Column(key, .key) }
    static func text(_ key: JSONKey) -> Column { Column(key, .text) }
    static func time(_ key: JSONKey) -> Column { Column(key, .time) }
    static func number(_ key: JSONKey) -> Column { Column(key, .number) }
    static func integer(_ key: JSONKey) -> Column { Column(key, .integer) }
    static func json(_ key: JSONKey) -> Column { Column(key, .json) }

    /// The line itself, to the byte.
    static let line = Column("record", .json, from: .line)

    var required: Column { Column(key, type, from: source, isRequired: true, else: nil) }
}
