import PMRecord
import WebSockets

/// The settings that all connections to a feed share.
struct FeedSettings: Sendable {
    let feed: Feed
    let url: WebSocketURL
    /// Accepts any certificate; loopback only.
    let isInsecure: Bool
    let intervals: Intervals

    /// The type of data that must keep arriving.
    var requiredType: String { Subscription.requiredType(of: feed) }
}
