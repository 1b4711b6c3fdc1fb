import PMPipe

/// One step of the schema, the same for both databases in the words of each. A step that was released is never
/// changed: a new one follows it.
package struct Migration: Sendable {
    let postgres: String
    let sqlite: String

    /// In their order; the schema's version is how many have been applied.
    static let all = [
        Migration(
            postgres: Schema.first.postgres + Schema.viewsForPostgres,
            sqlite: Schema.first.sqlite + Schema.viewsForSQLite),
        Migration(postgres: Schema.blockRanges, sqlite: ""),
        Migration(postgres: Schema.secondRules.postgres, sqlite: Schema.secondRules.sqlite),
    ]

    /// The step in the words of PostgreSQL or of one of its kin.
    ///
    /// - Parameter version: What `version()` says.
    func script(for version: String) -> String {
        // In CockroachDB text compares by its bytes anyway, and does not mix with text that is said to.
        let isCockroach = version.hasPrefix("Cockroach")
        // Both keep rows in the order of the key, and so have no ranges of blocks to sum up.
        guard isCockroach || version.contains("-YB-") else { return postgres }
        let plain = postgres.replacing(Schema.blockRanges, with: "")
        return isCockroach ? plain.replacing(#" COLLATE "C""#, with: "") : plain
    }

    package static var newest: Int { all.count }

    /// The steps that a database of that version lacks.
    static func missing(from version: Int) throws(StoreError) -> ArraySlice<Migration> {
        guard 0...newest ~= version else {
            throw StoreError(
                .schema,
                "the database's schema is version \(version), and this program knows \(newest) at most")
        }
        return all[version...]
    }

    /// Whether a database of that version can be read as it is: what a later step adds is not asked for.
    static func checkReadable(version: Int) throws(StoreError) {
        guard version != 0 else { throw StoreError(.schema, "it has no tables of pm-store's") }
        _ = try missing(from: version)
    }
}
