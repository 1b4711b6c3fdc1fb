import PMRecord

/// Where records come to rest. Made and used by one thread.
package protocol RecordStore: AnyObject {
    /// Connects, and brings the schema to this program's version.
    ///
    /// ``save(_:)`` does so too where it is needed; this is for finding out beforehand.
    func open() throws(StoreError)

    /// Saves all of the batch or nothing of it. Saving again what was saved is harmless.
    func save(_ batch: Batch) throws(StoreError)

    /// Finds the entries for which a batch could not be saved, in one transaction that is then undone: the batch
    /// without them is saved in the ordinary way, and so with its cursors or not at all.
    ///
    /// - Returns: None where, by now, it could be saved.
    func faults(in batch: Batch) throws(StoreError) -> [Fault]

    /// How far each stream has been stored.
    func cursors() throws(StoreError) -> [Cursor]

    /// Requests answered so far.
    var roundTrips: Int { get }
}

/// All that a database does for us.
package typealias Store = RecordStore & SubscriberStore & Archive

/// How far a stream has been stored.
package struct Cursor: Sendable, Equatable {
    package let stream: String
    package let seq: UInt64
    /// The mark's own time.
    package let time: Timestamp?
}

/// Who writes a stream's cursor: one process, for as long as no other takes over.
struct Ownership {
    /// Names this process, and no other that ever was.
    private let token = (0..<4).map { _ in String(UInt32.random(in: 0 ... .max), radix: 36) }.joined(
        separator: "-")
    private var predecessors: [String: String?] = [:]

    /// The marks as rows of ``Table/cursors``.
    ///
    /// - Parameter owner: Looks up who writes the cursor of a stream that we have not written yet.
    mutating func rows(
        of marks: [Mark], owner: (String) throws(StoreError) -> String?
    ) throws(StoreError) -> [Row] {
        for mark in marks where predecessors[mark.stream] == nil {
            predecessors[mark.stream] = .some(try owner(mark.stream))
        }
        return marks.map(row)
    }

    private func row(_ mark: Mark) -> Row {
        var writer = RowWriter(columns: Table.cursors.columns.count, bytes: 256)
        let predecessor: String? = predecessors[mark.stream] ?? nil
        let values = [mark.stream, String(mark.seq), mark.time.description, token, predecessor]
        for value in values { writer.add(text: value?.utf8) }
        return writer.finish()
    }

    static func lost(_ marks: [Mark]) -> StoreError {
        let streams = marks.map(\.stream).joined(separator: ", ")
        return StoreError(
            .fenced, "another pm-store has taken over stream \(streams); only one may write its cursor")
    }
}

/// What a store may do to its database when it connects.
package enum StoreAccess: Sendable {
    /// Look at what is there, and leave the schema as it is.
    case reading
    /// Make the database, where there is none, and its schema.
    case writing
}

extension DatabaseLocation {
    /// The store at that place, not yet connected.
    package func makeStore(for access: StoreAccess = .writing) -> any Store {
        switch self {
        case .sqlite(let path): SQLiteStore(path: path, access: access)
        case .postgres(let server): PostgresStore(server: server, access: access)
        }
    }
}
