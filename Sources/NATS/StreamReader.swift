import CNATS

/// A message of a stream.
package struct StreamMessage: Sendable {
    package let subject: String
    package let body: [UInt8]
    package let sequence: UInt64
    /// The time at which the stream stored it, in nanoseconds since 1970.
    package let storedAt: Int64
}

/// Reads a stream in order, from a sequence on, without state in the server that outlives the reader.
///
/// The corresponding term of NATS is an ordered consumer. After a lost message or a server's death, the library asks
/// again from the message after the last one.
package struct StreamReader: ~Copyable {
    /// The message to begin with.
    package enum Start: Sendable {
        /// The first one with this sequence or a higher one.
        case sequence(UInt64)
        /// The first one stored at this time or later, in nanoseconds since 1970.
        case time(Int64)
    }

    // Retained, so that the subscription goes before its connection.
    private let connection: Connection
    private let subscription: OpaquePointer
    /// Without it, the death of a leader is noticed after 14 s instead of one.
    private static let heartbeat = Duration.milliseconds(500)

    /// - Parameters:
    ///   - stream: The stream's name.
    ///   - subject: Only messages of this subject are read; it may have wildcards.
    ///   - start: The first message. One that is no longer kept is skipped.
    package init(
        of stream: String, subject: String, from start: Start, on connection: Connection
    ) throws(NATSError) {
        self.connection = connection
        var subscription: OpaquePointer?
        try stream.withCStringThrowing { name throws(NATSError) in
            var options = jsSubOptions()
            jsSubOptions_Init(&options)
            options.Ordered = true
            options.Stream = name
            switch start {
            case .sequence(let sequence):
                options.Config.DeliverPolicy = js_DeliverByStartSequence
                options.Config.OptStartSeq = max(1, sequence)
            case .time(let nanoseconds):
                options.Config.DeliverPolicy = js_DeliverByStartTime
                options.Config.OptStartTime = nanoseconds
            }
            options.Config.Heartbeat = Self.heartbeat.nanoseconds
            try check {
                js_SubscribeSync(&subscription, connection.jetStream, subject, nil, &options, $0)
            }
        }
        guard let subscription else { throw NATSError(NATS_ERR, message: "no subscription") }
        self.subscription = subscription
    }

    deinit { natsSubscription_Destroy(subscription) }

    /// Asks how many messages there were from the start to the stream's end. To be called before any is read.
    package borrowing func countMessages() throws(NATSError) -> UInt64 {
        var info: UnsafeMutablePointer<jsConsumerInfo>?
        try check { natsSubscription_GetConsumerInfo(&info, subscription, nil, $0) }
        defer { jsConsumerInfo_Destroy(info) }
        return info.map { $0.pointee.NumPending + $0.pointee.Delivered.Consumer } ?? 0
    }

    /// Waits for the next message.
    ///
    /// - Parameter timeout: The longest wait; zero returns at once.
    /// - Returns: `nil` if none arrived in time.
    package borrowing func next(upTo timeout: Duration) throws(NATSError) -> StreamMessage? {
        var received: OpaquePointer?
        let status = natsSubscription_NextMsg(&received, subscription, timeout.milliseconds)
        guard status != NATS_TIMEOUT else { return nil }
        try check(status)
        guard let message = received else { return nil }
        defer { natsMsg_Destroy(message) }
        var data: UnsafeMutablePointer<jsMsgMetaData>?
        // `natsMsg_GetSequence` gives 0 for a message of a subscription.
        try check(natsMsg_GetMetaData(&data, message))
        defer { jsMsgMetaData_Destroy(data) }
        guard let data = data?.pointee else {
            throw NATSError(NATS_ERR, message: "a message without a sequence")
        }
        let bytes = UnsafeRawBufferPointer(
            start: natsMsg_GetData(message), count: Int(natsMsg_GetDataLength(message)))
        return StreamMessage(
            subject: String(cString: natsMsg_GetSubject(message)), body: Array(bytes),
            sequence: data.Sequence.Stream, storedAt: data.Timestamp)
    }
}

extension String {
    /// Lends the text to C for the time of a call that throws its own type of error.
    fileprivate func withCStringThrowing<Failure: Error>(
        _ body: (UnsafePointer<CChar>?) throws(Failure) -> Void
    ) throws(Failure) {
        try withCStrings([self]) { (texts) throws(Failure) in try body(texts[0]) }
    }
}
