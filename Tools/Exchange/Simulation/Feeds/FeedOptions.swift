/// The options of both feeds.
package struct FeedOptions: Sendable {
    /// The answer to a text PING.
    package enum PingReply: String, Sendable {
        case empty = ""
        case pong = "PONG"
        case none
    }

    /// RTDS stops sending when the client has sent no ping for this long. Zero: it never stops.
    package var rtdsPatience = Duration.seconds(360)
    /// The same for the market channel.
    package var marketPatience = Duration.zero
    package var rtdsPingReply = PingReply.empty
    package var marketPingReply = PingReply.pong
    /// True if RTDS closes the connection after text that is not JSON. It is not known whether the real one does.
    package var closesOnMalformed = false
    /// Other events of the market channel, for each match.
    package var noise = 3
    /// Bytes that may wait for a client before it is closed with 1013.
    package var slowConsumer = 64 << 20
}
