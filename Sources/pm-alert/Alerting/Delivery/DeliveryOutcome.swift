/// The end of an alert on one channel.
package enum DeliveryOutcome: Sendable, Equatable {
    case delivered
    /// Delivered in a digest, because it was late or too many alerts were waiting.
    case folded
    /// Not delivered, because a later revision was ready first.
    case replaced
    /// Given up: the receiver rejected it, or failed through every attempt.
    case dead(String)
    /// Not decided yet; attempts go on.
    case pending

    /// The name in records and in the outbox.
    var name: String {
        switch self {
        case .delivered: "delivered"
        case .folded: "folded"
        case .replaced: "replaced"
        case .dead: "dead"
        case .pending: "pending"
        }
    }

    var reason: String? {
        if case .dead(let reason) = self { reason } else { nil }
    }

    /// - Returns: `nil` for an unknown name.
    init?(name: String, reason: String?) {
        switch name {
        case "delivered": self = .delivered
        case "folded": self = .folded
        case "replaced": self = .replaced
        case "dead": self = .dead(reason ?? "")
        case "pending": self = .pending
        default: return nil
        }
    }
}

/// The result of delivering one alert on one channel: its outcome, the number of attempts and the receiver's id.
package struct DeliveryResult: Sendable, Equatable {
    package let outcome: DeliveryOutcome
    package let attempts: Int
    /// The receiver's id of the message, with which a later process can edit it.
    package let reference: String?
}

/// An alert that leaves the queue of a channel.
package struct CompletedDelivery: Sendable {
    package let alert: AlertReference
    package let result: DeliveryResult

    package var outcome: DeliveryOutcome { result.outcome }

    init(_ alert: AlertReference, _ outcome: DeliveryOutcome, attempts: Int = 0, reference: String? = nil) {
        self.init(alert, DeliveryResult(outcome: outcome, attempts: attempts, reference: reference))
    }

    init(_ alert: AlertReference, _ result: DeliveryResult) {
        self.alert = alert
        self.result = result
    }
}
