import PMJSON
import PMRecord

/// What is said to the feeds, word for word.
///
/// Source: POLYMARKET.md, A.1 and A.2. Without `action` RTDS accepts and stays silent.
package enum Subscription {
    package static let activityURL = "wss://ws-live-data.polymarket.com"
    package static let marketURL = "wss://ws-subscriptions-clob.polymarket.com/ws/market"

    /// The type of data without which nothing is heard: of RTDS the one that tells of every trade, whose early echo
    /// the other is; of the market channel whatever comes.
    static func vitalType(of feed: Feed) -> String {
        switch feed {
        case .activity: "trades"
        case .market: "any message"
        }
    }

    /// The first words on a socket of the market channel; with the features that tell of new and resolved markets,
    /// and without the books, which for 400 assets may exceed the longest message that is taken.
    static func market(_ assets: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { request in
            write(assets, to: &request)
            request.member("type", "market")
            request.member("initial_dump", false)
            request.member("custom_feature_enabled", true)
        }
        return writer.bytes
    }

    /// - Parameter operation: `subscribe` or `unsubscribe`, on a socket that is open.
    static func market(_ operation: String, _ assets: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { request in
            request.member("operation", operation)
            write(assets, to: &request)
        }
        return writer.bytes
    }

    private static func write(_ assets: [String], to request: inout JSONWriter) {
        request.key("assets_ids")
        request.array { list in for asset in assets { list.string(asset) } }
    }

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
