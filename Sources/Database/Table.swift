import PMJSON

/// A table that batches write to: its columns, and what becomes of a row whose key is there already.
///
/// Both databases understand the same `ON CONFLICT`, so that each rule is said once. All rules are such that
/// writing a row again changes nothing, and an older row never replaces a newer one. A class, for every row
/// refers to its table.
package final class Table: Sendable {
    /// What a second row of the same key changes.
    enum Rule: Sendable {
        /// Those columns are taken over, together, from the row whose `by` is greater.
        case newest([String], by: String)
        case least(String)
        case greatest(String)
        /// Those columns are taken over in any case.
        case always([String])
    }

    package let name: String
    package let columns: [Column]
    /// Where the key's columns stand.
    let key: [Int]
    /// The member by which of two rows with one key the newer is told; `nil` where either will do.
    let rank: JSONKey?
    private let rules: [Rule]
    /// A condition on the row that is there, beside the rules.
    private let guardedBy: String?

    init(
        _ name: String, key: [String], columns: [Column], rules: [Rule] = [],
        onlyWhere guardedBy: String? = nil,
        rank: JSONKey? = nil
    ) {
        self.name = name
        self.columns = columns
        self.key = key.map { name in columns.firstIndex { $0.name == name }! }
        self.rank = rank
        self.rules = rules
        self.guardedBy = guardedBy
    }

    /// A table whose rows are replaced whole, by one whose `rank` is greater.
    convenience init(_ name: String, key: [String], columns: [Column], newestBy rank: JSONKey) {
        let by = rank.name.description
        let others = columns.map(\.name).filter { !key.contains($0) && $0 != by }
        self.init(name, key: key, columns: columns, rules: [.newest(others, by: by)], rank: rank)
    }

    /// Inserts one row, whose values are the parameters.
    var insertForSQLite: String {
        let places = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        return "INSERT INTO \(name) (\(columnList)) VALUES (\(places))\n\(onConflict)"
    }

    /// Inserts rows that come column by column: each parameter, from `$first` on, is one column's values.
    func insertForPostgres(from first: Int) -> String {
        let values = columns.map { "\(quoted($0.name))\($0.type.castForPostgres)" }.joined(separator: ", ")
        return """
            INSERT INTO \(name) (\(columnList))
            SELECT \(values)
            FROM \(rowsForPostgres(from: first))
            \(onConflict)
            """
    }

    /// Rows that come column by column, as a table `r` of texts.
    ///
    /// `unnest` stands in the list of what is selected and not behind `FROM`, where PostgreSQL would first lay the
    /// whole table by, on disk when it is larger than `work_mem`.
    func rowsForPostgres(from first: Int) -> String {
        let values = columns.indices.map { "unnest($\(first + $0)::text[]) AS \(quoted(columns[$0].name))" }
        return "(SELECT \(values.joined(separator: ", "))) AS r"
    }

    private var columnList: String { columns.map { quoted($0.name) }.joined(separator: ", ") }

    private var onConflict: String {
        let target = "ON CONFLICT (\(key.map { quoted(columns[$0].name) }.joined(separator: ", ")))"
        guard !rules.isEmpty else { return "\(target) DO NOTHING" }
        let assignments = rules.flatMap(assignments).joined(separator: ",\n  ")
        return "\(target) DO UPDATE SET\n  \(assignments)\nWHERE \(guardedBy ?? isNews)"
    }

    /// Whether the row that comes has anything new, as SQL: what has not is not written again.
    private var isNews: String { rules.map(condition).joined(separator: "\n  OR ") }

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
        // where the rule's condition is the statement's, there is nothing left to decide
        let isSettled = rules.count == 1 && guardedBy == nil
        return changed.map { column in
            let column = quoted(column)
            if case .always = rule { return "\(column) = excluded.\(column)" }
            return isSettled
                ? "\(column) = excluded.\(column)"
                : "\(column) = CASE WHEN \(condition(rule)) THEN excluded.\(column) ELSE \(name).\(column) END"
        }
    }
}

/// `from`, `to` and the like are words of SQL; quoting all names spares a list of them.
private func quoted(_ name: String) -> String { "\"\(name)\"" }
