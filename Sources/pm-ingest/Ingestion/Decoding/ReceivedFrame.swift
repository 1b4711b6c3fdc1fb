import PMRecord

/// One frame of a feed, decoded where it was received.
package struct ReceivedFrame {
    /// The text as received.
    package let bytes: [UInt8]
    package let feed: Feed
    /// The number of the connection that received it.
    package let connection: Int
    package let receivedAt: Timestamp
    package let messages: [FeedMessage]
    /// The types of data that the messages show to be alive, one entry for each message that shows one.
    package let liveTypes: [String]

    package init(_ bytes: [UInt8], from feed: Feed, connection: Int, receivedAt: Timestamp = .now()) {
        self.bytes = bytes
        self.feed = feed
        self.connection = connection
        self.receivedAt = receivedAt
        messages = FrameDecoder(via: .live).decode(frame: bytes, receivedAt: receivedAt)
        liveTypes = messages.compactMap { $0.liveType(on: feed) }
    }

    /// True if the frame has data of the required type.
    package var hasRequiredType: Bool { liveTypes.contains(Subscription.requiredType(of: feed)) }

    /// The service's sentence when the frame refuses a subscription.
    var refusal: String? {
        messages.lazy.compactMap { if case .refused(let sentence) = $0 { sentence } else { nil } }.first
    }

    /// The reason why a message of the frame cannot be read; `nil` where all can.
    var complaint: String? {
        messages.lazy.compactMap { message in
            switch message {
            case .malformed(let reason): reason
            case .other(FrameDecoder.unknown): "a message of unknown form"
            case .trade, .other, .news, .record, .refused: nil
            }
        }.first
    }

    /// When the first trade of the required type happened; `nil` when there is none.
    package var firstTradeTime: Timestamp? {
        messages.lazy.compactMap { message in
            if case .trade(let trade, .feed(Subscription.requiredType(of: feed)), _) = message {
                trade.time
            } else {
                nil
            }
        }.first
    }
}
