import PMRecord

/// A database that stores batches of records. Used by one thread.
package protocol RecordStore: AnyObject {
    /// Connects, and migrates the schema to this program's version.
    ///
    /// ``save(_:)`` does so too when needed; this call finds errors before the first line.
    func open() throws(StoreError)

    /// Saves all of the batch or nothing. Saving a batch twice is harmless.
    func save(_ batch: Batch) throws(StoreError)

    /// Finds the rows because of which a batch could not be saved, in one transaction that is rolled back.
    ///
    /// The caller saves the batch without them with ``save(_:)``, and so with its cursors or not at all.
    ///
    /// - Returns: An empty array when the batch can be saved by now.
    func badRows(in batch: Batch) throws(StoreError) -> [BadRow]

    /// Returns the cursor of each stream.
    func cursors() throws(StoreError) -> [StreamCursor]

    /// The number of requests answered so far.
    var roundTrips: Int { get }
}

/// A database with everything that the stages use of it.
package typealias Store = RecordStore & SubscriberStore & Archive & OutcomeArchive & TradeHistory & BulkLoad

/// The changes that a store may make when it connects.
package enum StoreAccess: Sendable {
    /// None: the schema stays as it is.
    case reading
    /// Creates the database if it is missing, and migrates its schema.
    case writing
}

extension DatabaseLocation {
    /// Returns the store at this location, not yet connected.
    package func makeStore(for access: StoreAccess = .writing) -> any Store {
        switch self {
        case .sqlite(let path): SQLiteStore(path: path, access: access)
        case .postgres(let server): PostgresStore(server: server, access: access)
        }
    }
}
