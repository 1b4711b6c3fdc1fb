import PMJSON
import PMRecord
import WebSockets

/// A client of the market channel: hears of the assets it has named.
final class MarketClient: FeedClient {
    private(set) var assets: Set<String> = []
    private(set) var hasCustomFeatures = false
    private let books: ([String]) -> [UInt8]?
    private let onSubscribe: () -> Void

    /// - Parameter books: The dump that answers a subscription.
    init(
        _ session: Session, patience: Duration, slowConsumer: Int, context: Context,
        books: @escaping ([String]) -> [UInt8]?, onSubscribe: @escaping () -> Void
    ) {
        self.books = books
        self.onSubscribe = onSubscribe
        super.init(session, feed: "market", patience: patience, slowConsumer: slowConsumer, context: context)
    }

    override func received(_ text: String) {
        if answerPing(text) { return }
        guard let message = try? JSON(text), let named = message["assets_ids"]?.array else {
            session.send("INVALID OPERATION")
            return
        }
        let ids = named.compactMap(\.string)
        if message["operation"]?.string == "unsubscribe" { return assets.subtract(ids) }
        guard message["operation"]?.string == "subscribe" || message["type"]?.string == "market" else {
            session.send("INVALID OPERATION")
            return
        }
        assets.formUnion(ids)
        if let flag = message["custom_feature_enabled"]?.bool { hasCustomFeatures = flag }
        context.count(\.subscribes)
        if message["initial_dump"]?.bool ?? true, let dump = books(ids) { deliver(dump, type: "book") }
        onSubscribe()
    }

    func wants(_ market: Market) -> Bool { market.assets.contains { assets.contains($0) } }
}
