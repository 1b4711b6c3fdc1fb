import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// The subscriptions to the market channel: follows the largest markets, on as many connections as their assets take.
final class MarketSubscriptions {
    private let connections: ConnectionPool
    /// Set by the initializer, which hands it a closure over this object.
    private var followed: FollowedMarkets!

    /// - Parameters:
    ///   - base: The address of Gamma.
    ///   - most: Markets to follow, the largest of the last day.
    init(_ connections: ConnectionPool, base: String, most: Int, loop: EventLoop, log: StageLog) {
        self.connections = connections
        followed = FollowedMarkets(loop: loop, base: base, most: most, log: log) { [unowned self] changes in
            for change in changes { apply(change) }
        }
    }

    /// Requests the list of markets, and subscribes to them when it has arrived; repeats that by itself.
    func start() {
        followed.refresh()
    }

    /// Takes the responses that have arrived; call when the loop was woken.
    func takeResponses() {
        followed.takeAnswers()
    }

    func stop() {
        followed.stop()
    }

    /// Follows a market that a message announces, and unfollows one that it reports as resolved.
    func note(_ message: FeedMessage) {
        if case .news(let news, _) = message { followed.handle(news) }
    }

    /// Returns false for a trade of a market that is not followed. Back-fill reads such trades, because the Data API
    /// returns the trades of all markets.
    func follows(_ message: FeedMessage) -> Bool {
        guard case .trade(let trade, _, _) = message else { return true }
        return trade.assetID.map { followed.isFollowed($0) } ?? false
    }

    /// Returns the message with what is known of the trade's market, which the market channel's trades do not say.
    func described(_ message: FeedMessage) -> FeedMessage {
        guard case .trade(var trade, let origin, let odd) = message else { return message }
        followed.addDetails(to: &trade)
        return .trade(trade, origin: origin, odd: odd)
    }

    func figures(into writer: inout JSONWriter) {
        writer.member("assets_followed", followed.assetCount)
        writer.member("last_metadata_refresh", followed.lastRefresh?.description)
    }

    /// Opens the connections of a new shard, or changes the subscriptions of those that are open.
    private func apply(_ change: SubscriptionShards.Change) {
        guard connections.contains(shard: change.shard) else {
            return connections.open(shard: change.shard) { [unowned self] in
                [Subscription.market(followed.assets(of: change.shard))]
            }
        }
        if !change.added.isEmpty {
            connections.send(Subscription.market("subscribe", change.added), toShard: change.shard)
        }
        if !change.removed.isEmpty {
            connections.send(Subscription.market("unsubscribe", change.removed), toShard: change.shard)
        }
    }
}
