import PMPipe

/// One step of the schema, in the SQL of each database. A released step never changes: a new one follows it.
package struct Migration: Sendable {
    let postgres: String
    let sqlite: String

    /// The steps in their order; the schema's version is the number of applied steps.
    static let all = [
        Migration(
            postgres: Schema.firstForPostgres + Schema.viewsForPostgres,
            sqlite: Schema.firstForSQLite + Schema.viewsForSQLite),
        Migration(postgres: Schema.blockRanges, sqlite: ""),
        Migration(postgres: Schema.subscriberFilters.postgres, sqlite: Schema.subscriberFilters.sqlite),
        Migration(postgres: Schema.roles.postgres, sqlite: Schema.roles.sqlite),
        Migration(postgres: Schema.analysis(.postgres), sqlite: Schema.analysis(.sqlite)),
        Migration(postgres: Schema.outcomes(.postgres), sqlite: Schema.outcomes(.sqlite)),
    ]

    /// Returns the step in the SQL of PostgreSQL or of a compatible database.
    ///
    /// - Parameter version: The result of `version()`.
    func script(for version: String) -> String {
        // CockroachDB compares text by its bytes anyway, and cannot mix it with text of an explicit
        // collation.
        let isCockroach = version.hasPrefix("Cockroach")
        // CockroachDB and YugabyteDB store rows in the order of the key, and so have no block ranges. Their
        // inverted indexes differ from PostgreSQL's.
        guard isCockroach || version.contains("-YB-") else { return postgres }
        let plain = postgres.replacing(Schema.blockRanges, with: "").replacing(Schema.tagIndex, with: "")
        return isCockroach ? plain.replacing(#" COLLATE "C""#, with: "") : plain
    }

    package static var newest: Int { all.count }

    /// Returns the steps that a database of that version lacks.
    static func missing(from version: Int) throws(StoreError) -> ArraySlice<Migration> {
        guard 0...newest ~= version else {
            throw StoreError(
                .schema,
                "the database's schema is version \(version), and this program knows \(newest) at most")
        }
        return all[version...]
    }

    /// Throws unless a database of that version can be read as it is. Queries use nothing that a later step
    /// adds.
    static func checkReadable(version: Int) throws(StoreError) {
        guard version != 0 else { throw StoreError(.schema, "the database has no tables of pm-store") }
        _ = try missing(from: version)
    }

    /// Describes a schema's version in a sentence for people.
    static func summary(version: Int) -> String {
        switch version {
        case newest: "the schema is version \(version), and up to date"
        case ..<newest: "the schema is version \(version); pm-store would migrate it to version \(newest)"
        default: "the schema is version \(version), newer than this program, which knows \(newest) at most"
        }
    }
}
