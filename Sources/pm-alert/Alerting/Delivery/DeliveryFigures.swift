import PMJSON

/// The figures about deliveries in the status file.
struct DeliveryFigures {
    private(set) var delivered = 0
    private var folded = 0
    private var dead = 0
    private var retried = 0
    private var rateLimited = 0

    mutating func count(_ result: AttemptResult) {
        switch result {
        case .failed: retried += 1
        case .rateLimited: rateLimited += 1
        case .delivered, .editTargetMissing, .rejected, .closed: break
        }
    }

    mutating func count(_ outcome: DeliveryOutcome) {
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
        status.member("deliveries_limited", rateLimited)
    }
}
