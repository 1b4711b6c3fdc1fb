import PMPipe

/// One step of the schema, the same for both databases in the words of each. A step that was released is never
/// changed: a new one follows it.
struct Migration: Sendable {
    let postgres: String
    let sqlite: String

    /// In their order; the schema's version is how many have been applied.
    static let all = [
        Migration(
            postgres: Schema.first.postgres + Schema.viewsForPostgres,
            sqlite: Schema.first.sqlite + Schema.viewsForSQLite)
    ]

    static var newest: Int { all.count }

    /// The steps that a database of that version lacks.
    static func missing(from version: Int) throws(StoreError) -> ArraySlice<Migration> {
        guard version <= newest else {
            throw StoreError(
                .schema,
                "the database's schema is version \(version), and this program knows \(newest) at most")
        }
        return all[version...]
    }
}
