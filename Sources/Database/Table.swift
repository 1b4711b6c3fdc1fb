import PMJSON

/// A table that batches write to: its columns, and the rules for a row whose key exists already.
///
/// Both databases understand the same `ON CONFLICT`, so each rule is stated once. Under every rule, writing a
/// row twice changes nothing, and an older row never replaces a newer one. A class, because every row refers
/// to its table.
package final class Table: Sendable {
    /// The columns that a second row of the same key changes.
    enum Rule: Sendable {
        /// The columns are taken together from the row whose `by` is greater.
        case newest([String], by: String)
        case least(String)
        case greatest(String)
        /// The columns take the values of the new row, even if it is older than the stored row.
        case always([String])
    }

    package let name: String
    package let columns: [Column]
    /// The key's columns.
    let key: Range<Int>
    /// The parts of a row besides its columns, for the tables of wallets and markets.
    let details: [Detail]
    let detailCount: Int
    /// The member that orders rows with the same key: the newer row has the greater value. `nil` if rows never change.
    let rank: JSONKey?
    private let rules: [Rule]
    /// A condition on the existing row, in place of the rules' own.
    private let guardedBy: String?

    init(
        _ name: String, key: [String], columns: [Column], rules: [Rule] = [],
        onlyWhere guardedBy: String? = nil,
        rank: JSONKey? = nil, details: [Detail] = []
    ) {
        self.name = name
        self.columns = columns
        let places = key.map { name in columns.firstIndex { $0.name == name }! }
        self.key = places.first!..<places.last! + 1
        precondition(Array(self.key) == places, "the columns of a key are neighbours, in order")
        self.details = details
        detailCount = details.reduce(0) { $0 + $1.cells }
        self.rank = rank
        self.rules = rules
        self.guardedBy = guardedBy
    }

    /// Makes a table whose rows are replaced as a whole by a row with a greater `rank`.
    convenience init(
        _ name: String, key: [String], columns: [Column], newestBy rank: JSONKey, details: [Detail] = []
    ) {
        let by = rank.name.description
        let others = columns.map(\.name).filter { !key.contains($0) && $0 != by }
        self.init(
            name, key: key, columns: columns, rules: [.newest(others, by: by)], rank: rank, details: details)
    }

    /// SQL that inserts one row, with its values as parameters.
    var insertForSQLite: String {
        let places = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        return "INSERT INTO \(name) (\(columnList)) VALUES (\(places))\n\(onConflict)"
    }

    /// Returns SQL that inserts rows given by columns: each parameter, from `$first` on, has the values of
    /// one column.
    func insertForPostgres(from first: Int) -> String {
        let values = columns.map { "\(quoted($0.name))\($0.type.castForPostgres)" }.joined(separator: ", ")
        return """
            INSERT INTO \(name) (\(columnList))
            SELECT \(values)
            FROM \(rowsForPostgres(from: first))
            \(onConflict)
            """
    }

    /// Returns SQL for rows given by columns, as a table `r` of text.
    ///
    /// `unnest` is in the select list and not after `FROM`, where PostgreSQL would first materialise the
    /// whole table, on disk when it is larger than `work_mem`.
    func rowsForPostgres(from first: Int) -> String {
        let values = columns.indices.map { "unnest($\(first + $0)::text[]) AS \(quoted(columns[$0].name))" }
        return "(SELECT \(values.joined(separator: ", "))) AS r"
    }

    private var columnList: String { columns.map { quoted($0.name) }.joined(separator: ", ") }

    private var onConflict: String {
        let target = "ON CONFLICT (\(key.map { quoted(columns[$0].name) }.joined(separator: ", ")))"
        guard !rules.isEmpty else { return "\(target) DO NOTHING" }
        let assignments = rules.flatMap(assignments).joined(separator: ",\n  ")
        return "\(target) DO UPDATE SET\n  \(assignments)\nWHERE \(guardedBy ?? hasChange)"
    }

    /// An SQL condition, true when the new row changes anything: an unchanged row is not written again.
    private var hasChange: String { rules.map(condition).joined(separator: "\n  OR ") }

    private func condition(_ rule: Rule) -> String {
        switch rule {
        case .newest(_, let by): "(\(name).\(by) IS NULL OR excluded.\(by) > \(name).\(by))"
        case .least(let column): "excluded.\(column) < \(name).\(column)"
        case .greatest(let column): "excluded.\(column) > \(name).\(column)"
        case .always: "TRUE"
        }
    }

    private func assignments(_ rule: Rule) -> [String] {
        let changed: [String]
        switch rule {
        case .newest(let columns, let by): changed = columns + [by]
        case .least(let column), .greatest(let column): changed = [column]
        case .always(let columns): changed = columns
        }
        // with a single rule, the WHERE of the statement has decided already
        let isDecided = rules.count == 1 && guardedBy == nil
        return changed.map { column in
            let column = quoted(column)
            if case .always = rule { return "\(column) = excluded.\(column)" }
            return isDecided
                ? "\(column) = excluded.\(column)"
                : "\(column) = CASE WHEN \(condition(rule)) THEN excluded.\(column) ELSE \(name).\(column) END"
        }
    }
}

/// Returns a quoted name. `from`, `to` and others are keywords of SQL; quoting every name needs no list of
/// them.
private func quoted(_ name: String) -> String { "\"\(name)\"" }
