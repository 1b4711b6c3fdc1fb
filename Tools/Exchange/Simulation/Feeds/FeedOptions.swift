/// What the scenario decides about both feeds.
package struct FeedOptions: Sendable {
    /// The answer to a text PING.
    package enum PingReply: String, Sendable {
        case empty = ""
        case pong = "PONG"
        case none
    }

    /// Without a ping for this long a feed falls silent; never if zero.
    package var rtdsPatience = Duration.seconds(360)
    package var marketPatience = Duration.zero
    package var rtdsPingReply = PingReply.empty
    package var marketPingReply = PingReply.pong
    /// Whether RTDS closes the connection on text that is no JSON. Unproven of the real one.
    package var closesOnMalformed = false
    /// Other events of the market channel, for each match.
    package var noise = 3
    /// Bytes that may wait for a client before it is closed with 1013.
    package var slowConsumer = 64 << 20
}
