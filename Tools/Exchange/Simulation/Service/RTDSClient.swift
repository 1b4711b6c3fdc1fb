import PMJSON
import PMRecord
import WebSockets

/// A client of RTDS: silent until it has subscribed in the right words.
final class RTDSClient: FeedClient {
    private struct Subscription: Equatable {
        let topic: String
        let type: String
        /// Compared as text: a blank too many, and nothing comes.
        let filters: String
    }

    let connection: String
    private var subscriptions: [Subscription] = []
    private let onSubscribe: () -> Void

    init(
        _ session: Session, number: Int, patience: Duration, slowConsumer: Int, context: Context,
        onSubscribe: @escaping () -> Void
    ) {
        var dice = Dice(seed: UInt64(number), for: "connection")
        connection = dice.hex(14) + "=="
        self.onSubscribe = onSubscribe
        super.init(session, feed: "rtds", patience: patience, slowConsumer: slowConsumer, context: context)
    }

    override func received(_ text: String) {
        if answerPing(text) { return }
        guard let message = try? JSON(text) else {
            return session.close(.policyViolation, "malformed message")
        }
        let asked = (message["subscriptions"]?.array ?? []).map {
            Subscription(
                topic: $0["topic"]?.string ?? "", type: $0["type"]?.string ?? "",
                filters: $0["filters"]?.string ?? "")
        }
        // Without an action the server accepts, and stays silent.
        switch message["action"]?.string {
        case "subscribe":
            if subscriptions.isEmpty { session.send("") }
            subscriptions += asked.filter { !subscriptions.contains($0) }
            context.count(\.subscribes)
            onSubscribe()
        case "unsubscribe": subscriptions.removeAll { asked.contains($0) }
        default: break
        }
    }

    /// Whether the client has asked for a trade of that market, told as that type.
    func wants(_ type: String, of market: Market) -> Bool {
        subscriptions.contains { subscription in
            guard subscription.topic == "activity", subscription.type == type || subscription.type == "*"
            else {
                return false
            }
            return subscription.filters.isEmpty
                || subscription.filters == #"{"event_slug":"\#(market.event.slug)"}"#
                || subscription.filters == #"{"market_slug":"\#(market.slug)"}"#
        }
    }
}
