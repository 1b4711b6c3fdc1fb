/// The SQL expressions of the views that differ between the databases.
///
/// A view must not fail because of one odd row. So a member that is not of the expected type is null.
enum SchemaDialect {
    case postgres, sqlite

    /// The number at a path in a column of JSON: `number("t.record", "impact", "levels")`.
    func number(_ json: String, _ path: String...) -> String {
        switch self {
        case .postgres:
            #"substring(\#(json) #>> '{\#(path.joined(separator: ","))}' "#
                + #"from '^-?\d{1,38}(?:\.\d{1,38})?(?:[eE][-+]?\d{1,2})?$')::numeric"#
        case .sqlite:
            "CASE WHEN json_type(\(json), '$.\(path.joined(separator: "."))') IN ('integer', 'real') "
                + "THEN json_extract(\(json), '$.\(path.joined(separator: "."))') END"
        }
    }

    /// The text at a path in a column of JSON.
    func text(_ json: String, _ path: String...) -> String {
        switch self {
        case .postgres: "\(json) #>> '{\(path.joined(separator: ","))}'"
        case .sqlite: "json_extract(\(json), '$.\(path.joined(separator: "."))')"
        }
    }

    /// The boolean at a key in a column of JSON; SQLite has 1 and 0.
    func flag(_ json: String, _ key: String) -> String {
        switch self {
        case .postgres: "CASE \(json) ->> '\(key)' WHEN 'true' THEN true WHEN 'false' THEN false END"
        case .sqlite: "json_extract(\(json), '$.\(key)')"
        }
    }

    /// The first text of an array in a column of JSON.
    func first(_ json: String, _ key: String) -> String {
        switch self {
        case .postgres: "\(json) #>> '{\(key),0}'"
        case .sqlite: "json_extract(\(json), '$.\(key)[0]')"
        }
    }

    /// The time at a key in a column of JSON.
    func time(_ json: String, _ key: String) -> String {
        switch self {
        case .postgres:
            // no day that a month does not have, because the cast would fail
            #"substring(\#(json) ->> '\#(key)' from '^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"#
                + #"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"#
                + #"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$')::timestamptz"#
        case .sqlite:
            "CASE WHEN \(text(json, key)) GLOB '????-??-??T??:??:??*Z' "
                + "THEN strftime('%Y-%m-%dT%H:%M:%fZ', \(text(json, key))) END"
        }
    }

    /// The seconds since 1970 of a time, with its milliseconds.
    func seconds(_ time: String) -> String {
        switch self {
        case .postgres: "extract(epoch FROM \(time))::numeric"
        case .sqlite: "(strftime('%s', \(time)) + substr(strftime('%f', \(time)), 3))"
        }
    }

    /// The day of a time, in UTC: a date in PostgreSQL, text such as `2026-11-22` in SQLite.
    func day(_ time: String) -> String {
        switch self {
        case .postgres: "(\(time) AT TIME ZONE 'UTC')::date"
        case .sqlite: "date(\(time))"
        }
    }

    /// The hour of a time, in UTC, from 0 to 23.
    func hour(_ time: String) -> String {
        switch self {
        case .postgres: "extract(hour FROM \(time) AT TIME ZONE 'UTC')::integer"
        case .sqlite: "CAST(strftime('%H', \(time)) AS INTEGER)"
        }
    }

    /// The first moment of a day that lies some days after `day`.
    func start(of day: String, plus days: Int = 0) -> String {
        switch self {
        case .postgres: "((\(day) + \(days))::timestamp AT TIME ZONE 'UTC')"
        case .sqlite: "strftime('%Y-%m-%dT%H:%M:%fZ', \(day), '+\(days) days')"
        }
    }

    func nextDay(_ day: String) -> String {
        switch self {
        case .postgres: "\(day) + 1"
        case .sqlite: "date(\(day), '+1 day')"
        }
    }

    /// The present time, moved by an interval such as `-1 day`.
    func now(_ interval: String = "") -> String {
        switch self {
        case .postgres: interval.isEmpty ? "now()" : "now() + interval '\(interval)'"
        case .sqlite:
            interval.isEmpty
                ? "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
                : "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '\(interval)')"
        }
    }

    func least(_ one: String, _ other: String) -> String {
        self == .postgres ? "least(\(one), \(other))" : "min(\(one), \(other))"
    }

    func greatest(_ one: String, _ other: String) -> String {
        self == .postgres ? "greatest(\(one), \(other))" : "max(\(one), \(other))"
    }

    /// The tags of a trade: jsonb in PostgreSQL.
    var tags: String { self == .postgres ? "t.tags::jsonb" : "t.tags" }

    /// A `FROM` item with one row for each tag of the trade `t`, as the column `tag.value`.
    var tagRows: String {
        switch self {
        case .postgres:
            """
            LATERAL jsonb_array_elements_text(
                        CASE WHEN jsonb_typeof(t.tags::jsonb) = 'array' THEN t.tags::jsonb ELSE '[]' END) AS tag (value)
            """
        case .sqlite: "json_each(CASE WHEN json_type(t.tags) = 'array' THEN t.tags ELSE '[]' END) AS tag"
        }
    }
}
