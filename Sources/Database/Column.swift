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

    /// As which PostgreSQL reads the member of a row.
    var postgres: String {
        switch self {
        case .key, .text: "text"
        case .time: "timestamptz"
        case .number: "numeric"
        case .integer: "bigint"
        case .json: "json"
        }
    }
}

/// A column of a table. It has the name of the member that it holds.
package struct Column: Sendable {
    package let key: JSONKey
    package let type: ColumnType
    /// Whether a record without it cannot be stored.
    package let isRequired: Bool

    init(_ key: JSONKey, _ type: ColumnType, isRequired: Bool = false) {
        self.key = key
        self.type = type
        self.isRequired = isRequired
    }

    package var name: String { key.name.description }
}
