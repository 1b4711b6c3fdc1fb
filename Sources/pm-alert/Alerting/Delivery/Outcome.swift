/// What became of an alert on a channel.
package enum Outcome: Sendable, Equatable {
    case delivered
    /// Told in one message with others, for its time had passed, or there were too many.
    case folded
    /// A later revision of it has taken its place before it was told.
    case replaced
    /// Given up: the receiver refused it, or stayed away through every attempt.
    case dead(String)
    /// Not settled when it was last told about; attempts go on.
    case pending

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

    /// - Returns: `nil` for a name that is none.
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
