import PMRecord

/// The content of one message of a feed, or of one line of a recording.
package enum FeedMessage {
    /// A trade. `odd` names the members of its row that could not be used under their own key.
    case trade(Trade, origin: Origin, odd: [String])
    /// A message that is not emitted, such as a book, a comment or a price; counted by its type.
    case other(String)
    /// A market that was opened or resolved, from the market channel.
    case news(MarketLifecycleEvent, type: String)
    /// A record of this project's own contract, from a recording; emitted as it is.
    case record([UInt8], receivedAt: Timestamp?)
    /// The service refuses a subscription; its own sentence.
    case refused(String)
    /// A message that cannot be used, with the reason.
    case malformed(String)

    /// The source of a trade; it decides what a second copy of the same tuple means.
    package enum Origin: Sendable, Equatable {
        /// A feed's message of that type: a second copy is a duplicate.
        case feed(String)
        /// Rows of the Data API that are read once, as from a recording: a second copy is a second trade.
        case rest
        /// A row of a back-fill, with the number of equal rows before it in the same answer: a second copy counts as a
        /// second trade only if the next read of the same window shows both copies again.
        case reading(copy: Int)
        /// A row of a poll: the same, with twins confirmed apart from those of a back-fill that may be under way.
        case poll(copy: Int)
    }

    /// The members of a trade's row that could not be used under their own key.
    var oddMembers: [String] {
        if case .trade(_, _, let odd) = self { odd } else { [] }
    }

    /// Returns the type of data that this message shows to be alive on a feed; `nil` for a message that shows none.
    ///
    /// The types of RTDS are watched one by one, since one may fall silent alone (docs/POLYMARKET.md, "Known
    /// misbehaviour"). On the market channel every message of a known form counts as one type.
    func liveType(on feed: Feed) -> String? {
        switch self {
        case .trade(_, .feed(let type), _) where feed == .activity: type
        case .news: Subscription.requiredType(of: feed)
        case .trade, .other: feed == .market ? Subscription.requiredType(of: feed) : nil
        case .record, .refused, .malformed: nil
        }
    }
}
