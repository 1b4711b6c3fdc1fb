import PMJSON

/// What is said to RTDS, word for word.
///
/// Source: POLYMARKET.md, A.2. Without `action` the server accepts and stays silent.
package enum Subscription {
    package static let activityURL = "wss://ws-live-data.polymarket.com"

    /// The type that tells of every trade; the other is its early echo.
    static let vitalType = "trades"

    /// Asks for each trade's rows and, for they come earlier and have fallen silent apart, each match's taker.
    static let activity: [UInt8] = {
        var writer = JSONWriter()
        writer.object { request in
            request.member("action", "subscribe")
            request.key("subscriptions")
            request.array { list in
                for type in ["trades", "orders_matched"] {
                    list.object { entry in
                        entry.member("topic", "activity")
                        entry.member("type", type)
                        entry.member("filters", "")
                    }
                }
            }
        }
        return writer.bytes
    }()

    /// Keeps the feed awake: without it RTDS falls silent after some minutes, with the socket open.
    static let ping = Array("PING".utf8)
}
