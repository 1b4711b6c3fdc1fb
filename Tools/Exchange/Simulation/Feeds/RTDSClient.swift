import PMJSON
import PMRecord
import WebSockets

/// A client of RTDS: it gets nothing until it has subscribed in the right form.
///
/// One entry with an unknown topic or type silences the whole frame; its only hint is a body with status 401.
/// Source: docs/POLYMARKET.md, "RTDS".
final class RTDSClient: FeedClient {
    private struct Subscription: Equatable {
        let topic: String
        let type: String
        /// Compared as text: one space too many, and nothing comes.
        let filters: String
    }

    let connection: String
    private var subscriptions: [Subscription] = []
    private var hasAnswered = false
    private let closesOnMalformed: Bool
    private let onSubscribe: () -> Void

    init(
        _ session: Session, number: Int, options: FeedOptions, context: Context,
        onSubscribe: @escaping () -> Void
    ) {
        var random = SeededRandom(seed: UInt64(number), for: "connection")
        connection = random.hex(14) + "=="
        closesOnMalformed = options.closesOnMalformed
        self.onSubscribe = onSubscribe
        super.init(
            session, feed: "rtds", patience: options.rtdsPatience, slowConsumer: options.slowConsumer,
            pingReply: options.rtdsPingReply, context: context)
    }

    private static let invalidBody = #"{"message":"Invalid request body"}"#

    override func received(_ text: String) {
        if answerPing(text) { return }
        guard let message = try? JSON(text) else {
            if closesOnMalformed {
                session.close(.policyViolation, "malformed message")
            } else {
                session.send(Self.invalidBody)
            }
            return
        }
        let entries = message["subscriptions"]?.array ?? []
        // Without an action the server accepts the frame, and sends nothing.
        switch message["action"]?.string {
        case "subscribe": subscribe(entries)
        case "unsubscribe": subscriptions.removeAll { entries.map(subscription).contains($0) }
        default: break
        }
    }

    private func subscription(_ entry: JSON) -> Subscription {
        Subscription(
            topic: entry["topic"]?.string ?? "", type: entry["type"]?.string ?? "",
            filters: entry["filters"]?.string ?? "")
    }

    private func subscribe(_ entries: [JSON]) {
        context.count(\.subscribes)
        guard entries.allSatisfy({ $0["type"]?.nonEmptyString != nil }) else {
            session.send(Self.invalidBody)
            return
        }
        let asked = entries.map(subscription)
        if let unknown = asked.first(where: { !Self.isKnown($0) }) {
            session.send(Self.notFound(unknown.topic, unknown.type))
            return
        }
        if !hasAnswered { session.send("") }
        hasAnswered = true
        subscriptions += asked.filter { !subscriptions.contains($0) }
        onSubscribe()
    }

    private static func isKnown(_ subscription: Subscription) -> Bool {
        switch subscription.topic {
        case "activity": ["trades", "orders_matched", "*"].contains(subscription.type)
        case "comments", "crypto_prices", "equity_prices": true
        default: false
        }
    }

    private static func notFound(_ topic: String, _ type: String) -> String {
        let reason = "topic: \(topic) and type: \(type) not found"
        let error = "rpc error: code = NotFound desc = \(reason)"
        let body = json {
            $0.key("body")
            $0.object {
                $0.field("message", "leger GetTopics error: \(error), status: \(error), message: \(reason)")
            }
            $0.field("statusCode", 401)
        }
        return String(decoding: body, as: UTF8.self)
    }

    /// Returns true if the client has subscribed to rows of that type and market.
    func wants(_ type: String, of market: Market) -> Bool {
        subscriptions.contains { subscription in
            guard subscription.topic == "activity", subscription.type == type || subscription.type == "*"
            else { return false }
            return subscription.filters.isEmpty
                || subscription.filters == #"{"event_slug":"\#(market.event.slug)"}"#
                || subscription.filters == #"{"market_slug":"\#(market.slug)"}"#
        }
    }
}
