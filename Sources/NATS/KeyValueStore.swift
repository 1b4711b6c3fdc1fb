import CNATS

/// Keys with revisions, kept by the cluster. A write can be made conditional on the key's revision.
///
/// Keys consist of letters, digits and `-/_=.`.
package struct KeyValueStore: ~Copyable {
    package struct Entry: Sendable, Equatable {
        package let value: String
        package let revision: UInt64

        package init(value: String, revision: UInt64) {
            self.value = value
            self.revision = revision
        }
    }

    private let connection: Connection
    private let handle: OpaquePointer

    /// Opens a bucket, and makes it if it does not exist.
    ///
    /// - Parameter lifetime: The time after which an entry that was not written again disappears; `nil` for never.
    package init(
        bucket: String, replicas: Int, lifetime: Duration? = nil, on connection: Connection
    ) throws(NATSError) {
        self.connection = connection
        var store: OpaquePointer?
        if js_KeyValue(&store, connection.jetStream, bucket) != NATS_OK {
            try withCStrings([bucket]) { texts throws(NATSError) in
                var config = kvConfig()
                kvConfig_Init(&config)
                config.Bucket = texts[0]
                config.History = 1
                // cnats 3.4.1 passes the value on unchanged as the stream's MaxAge, which has nanoseconds.
                config.TTL = lifetime?.nanoseconds ?? 0
                config.StorageType = js_FileStorage
                config.Replicas = CInt(replicas)
                try check(js_CreateKeyValue(&store, connection.jetStream, &config))
            }
        }
        guard let store else { throw NATSError(NATS_ERR, message: "no key-value store") }
        handle = store
    }

    deinit { kvStore_Destroy(handle) }

    /// Reads a key; `nil` if it has no value.
    package borrowing func get(_ key: String) throws(NATSError) -> Entry? {
        var entry: OpaquePointer?
        let status = kvStore_Get(&entry, handle, key)
        guard status != NATS_NOT_FOUND else { return nil }
        try check(status)
        defer { kvEntry_Destroy(entry) }
        let value = UnsafeRawBufferPointer(start: kvEntry_Value(entry), count: Int(kvEntry_ValueLen(entry)))
        return Entry(value: String(decoding: value, as: UTF8.self), revision: kvEntry_Revision(entry))
    }

    /// Writes a key that has no value.
    ///
    /// - Returns: The new revision; `nil` if the key has a value.
    package borrowing func create(_ key: String, _ value: String) throws(NATSError) -> UInt64? {
        var revision: UInt64 = 0
        return try conditional(kvStore_CreateString(&revision, handle, key, value)) ? revision : nil
    }

    /// Writes a key whose revision is still `last`.
    ///
    /// - Returns: The new revision; `nil` if the key was written in the meantime, or has disappeared.
    package borrowing func update(_ key: String, _ value: String, last: UInt64) throws(NATSError) -> UInt64? {
        var revision: UInt64 = 0
        return try conditional(kvStore_UpdateString(&revision, handle, key, value, last)) ? revision : nil
    }

    package borrowing func delete(_ key: String) throws(NATSError) {
        try check(kvStore_Delete(handle, key))
    }

    /// Returns all keys that have a value.
    package borrowing func keys() throws(NATSError) -> [String] {
        var list = kvKeysList()
        let status = kvStore_Keys(&list, handle, nil)
        guard status != NATS_NOT_FOUND else { return [] }
        try check(status)
        defer { kvKeysList_Destroy(&list) }
        return (0..<Int(list.Count)).compactMap { list.Keys[$0].map { String(cString: $0) } }
    }

    /// - Returns: False if the condition of a write did not hold.
    private borrowing func conditional(_ status: natsStatus) throws(NATSError) -> Bool {
        if status == NATS_OK { return true }
        let error = NATSError(status)
        // The library gives the server's sentence only: "wrong last sequence: 7" (10071), or "wrong last
        // sequence constant" (10164) from a leader that has another write in flight.
        if error.message.contains("wrong last sequence") { return false }
        throw error
    }
}
