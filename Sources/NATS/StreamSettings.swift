import CNATS

/// The configuration of a stream that is made when it does not exist.
package struct StreamSettings: Sendable {
    package var name: String
    /// The subjects whose messages the stream stores; may end in `>`.
    package var subjects: [String]
    /// The number of servers that hold a copy: 1, 3 or 5.
    package var replicas: Int
    /// The time for which messages are kept.
    package var keep: Duration
    /// The time for which a second message with the same id is recognized.
    package var duplicates: Duration

    package init(name: String, subjects: [String], replicas: Int, keep: Duration, duplicates: Duration) {
        self.name = name
        self.subjects = subjects
        self.replicas = replicas
        self.keep = keep
        self.duplicates = duplicates
    }
}

/// The state of a stream.
package struct StreamState: Sendable, Equatable {
    /// The time at which the stream was made, in nanoseconds since 1970. It changes when the stream is made anew.
    package let created: Int64
    /// The sequence of the first message that is kept; last + 1 for an empty stream.
    package let first: UInt64
    /// The sequence of the last message; 0 for a stream that never had one.
    package let last: UInt64
}

extension Connection {
    /// Makes a stream if it does not exist. An existing one is not changed.
    package func makeStream(_ settings: StreamSettings) throws(NATSError) -> StreamState {
        do throws(NATSError) {
            return try state(ofStream: settings.name)
        } catch {
            guard error.isNotFound else { throw error }
        }
        do throws(NATSError) {
            try withCStrings([settings.name] + settings.subjects) { texts throws(NATSError) in
                var subjects = Array(texts.dropFirst())
                try subjects.withUnsafeMutableBufferPointer { subjects throws(NATSError) in
                    var config = jsStreamConfig()
                    jsStreamConfig_Init(&config)
                    config.Name = texts[0]
                    config.Subjects = subjects.baseAddress
                    config.SubjectsLen = CInt(subjects.count)
                    config.Storage = js_FileStorage
                    config.Replicas = Int64(settings.replicas)
                    config.MaxAge = settings.keep.nanoseconds
                    config.Duplicates = settings.duplicates.nanoseconds
                    config.AllowDirect = true
                    config.DenyDelete = true
                    try check { js_AddStream(nil, jetStream, &config, nil, $0) }
                }
            }
        } catch {
            // 10058: another client made it with other settings in the meantime.
            guard error.code == 10058 else { throw error }
        }
        return try state(ofStream: settings.name)
    }

    /// Asks for the state of a stream.
    ///
    /// - Throws: ``NATSError``; ``NATSError/isNotFound`` is true if there is no such stream.
    package func state(ofStream name: String) throws(NATSError) -> StreamState {
        var info: UnsafeMutablePointer<jsStreamInfo>?
        try check { js_GetStreamInfo(&info, jetStream, name, nil, $0) }
        defer { jsStreamInfo_Destroy(info) }
        guard let info = info?.pointee else { throw NATSError(NATS_ERR, message: "no stream information") }
        return StreamState(created: info.Created, first: info.State.FirstSeq, last: info.State.LastSeq)
    }
}
