import PMJSON

/// What the status file says of deliveries.
struct DeliveryFigures {
    private(set) var delivered = 0
    private var folded = 0
    private var dead = 0
    private var retried = 0
    private var limited = 0

    mutating func count(_ reply: Reply) {
        switch reply {
        case .failed: retried += 1
        case .limited: limited += 1
        case .delivered, .vanished, .refused, .closed: break
        }
    }

    mutating func count(_ outcome: Outcome) {
        switch outcome {
        case .delivered: delivered += 1
        case .folded: folded += 1
        case .dead: dead += 1
        case .replaced, .pending: break
        }
    }

    func write(into status: inout JSONWriter) {
        status.member("deliveries", delivered)
        status.member("deliveries_folded", folded)
        status.member("deliveries_dead", dead)
        status.member("deliveries_retried", retried)
        status.member("deliveries_limited", limited)
    }
}
