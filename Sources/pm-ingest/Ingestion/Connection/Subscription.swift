import PMJSON
import PMRecord

/// The frames that pm-ingest sends to the feeds.
///
/// Source: docs/POLYMARKET.md, "Feeds".
package enum Subscription {
    package static let activityURL = "wss://ws-live-data.polymarket.com"
    package static let marketURL = "wss://ws-subscriptions-clob.polymarket.com/ws/market"

    /// Returns the type of data that must keep arriving; its silence is a gap.
    ///
    /// On RTDS that is `trades`, which has the rows of takers and makers; `orders_matched` has the takers alone. The
    /// market channel is watched as a whole.
    static func requiredType(of feed: Feed) -> String {
        switch feed {
        case .activity: "trades"
        case .market: "messages"
        }
    }

    /// The first frames on a connection to RTDS: one subscribes to the rows of all trades and one, since they arrive
    /// earlier and the two types have fallen silent apart, to the takers' rows of all matches.
    ///
    /// Each type has a frame of its own: one that RTDS does not know silences all others of its frame. Without `action`
    /// RTDS accepts the frame and sends nothing.
    static let activity: [[UInt8]] = ["trades", "orders_matched"].map { type in
        var writer = JSONWriter()
        writer.object { request in
            request.member("action", "subscribe")
            request.key("subscriptions")
            request.array { list in
                list.object { entry in
                    entry.member("topic", "activity")
                    entry.member("type", type)
                    entry.member("filters", "")
                }
            }
        }
        return writer.bytes
    }

    /// Returns the first frame on a connection to the market channel.
    ///
    /// It requests the events that announce new and resolved markets, and for no books: those of 400 assets can exceed
    /// the longest message that is accepted.
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

    /// Returns the frame that changes the assets of an open connection to the market channel.
    ///
    /// - Parameter operation: `subscribe` or `unsubscribe`.
    static func market(_ operation: String, _ assets: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { request in
            request.member("operation", operation)
            write(assets, to: &request)
        }
        return writer.bytes
    }

    /// The frame that keeps a connection awake: without it RTDS can fall silent after some minutes, with the socket open.
    static let ping = Array("PING".utf8)

    private static func write(_ assets: [String], to request: inout JSONWriter) {
        request.key("assets_ids")
        request.array { list in for asset in assets { list.string(asset) } }
    }
}
