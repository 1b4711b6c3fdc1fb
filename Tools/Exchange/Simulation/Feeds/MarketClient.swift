import PMJSON
import PMRecord
import WebSockets

/// A client of the market channel: it gets the events of the assets that it names.
final class MarketClient: FeedClient {
    /// The custom flag of each subscribed asset. A later subscription to the asset replaces it.
    private var assets: [String: Bool] = [:]
    private let books: ([String]) -> [UInt8]?
    private let onSubscribe: () -> Void

    /// - Parameter books: Makes the dump that answers a subscription.
    init(
        _ session: Session, options: FeedOptions, context: Context,
        books: @escaping ([String]) -> [UInt8]?, onSubscribe: @escaping () -> Void
    ) {
        self.books = books
        self.onSubscribe = onSubscribe
        super.init(
            session, feed: "market", patience: options.marketPatience, slowConsumer: options.slowConsumer,
            pingReply: options.marketPingReply, context: context)
    }

    override func received(_ text: String) {
        if answerPing(text) { return }
        guard let message = try? JSON(text), let named = message["assets_ids"]?.array else {
            session.send("INVALID OPERATION")
            return
        }
        let ids = named.compactMap(\.string)
        if message["operation"]?.string == "unsubscribe" {
            for id in ids { assets[id] = nil }
            return
        }
        guard message["operation"]?.string == "subscribe" || message["type"]?.string == "market" else {
            session.send("INVALID OPERATION")
            return
        }
        let flag = message["custom_feature_enabled"]?.bool
        for id in ids { assets[id] = flag ?? assets[id] ?? false }
        context.count(\.subscribes)
        if message["initial_dump"]?.bool ?? true, let dump = books(ids) { deliver(dump, type: "book") }
        onSubscribe()
    }

    func wants(_ asset: String) -> Bool { assets[asset] != nil }
    func wantsCustom(_ asset: String) -> Bool { assets[asset] ?? false }
    /// True if the custom flag of any asset is set: events about all markets are sent only then.
    var wantsMarkets: Bool { assets.values.contains(true) }
}
