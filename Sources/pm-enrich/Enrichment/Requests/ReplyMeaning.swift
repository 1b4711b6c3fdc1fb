import Curl
import PMFlow

/// The meaning of a reply, for the look-up that made the request and for the limiter.
enum ReplyMeaning {
    case answered(LookupAnswer)
    case refused(retryAfter: Duration?)
    /// Status 503 with the time after which a retry is worthwhile. It says nothing about a quota
    /// (docs/POLYMARKET.md, "Known misbehaviour").
    case unavailable(retryAfter: Duration)
    /// Status 408: the service held the request until it gave up.
    case timedOut(retryAfter: Duration?)
    case failed(String, isTransient: Bool, isTimeout: Bool = false)

    init(_ reply: APIReply) {
        switch reply {
        case .answer(let status, let retryAfter, _, let body, _):
            self.init(status: status, retryAfter: retryAfter, body: body)
        case .failure(let reason, let isTransient, let isTimeout):
            self = .failed(reason, isTransient: isTransient, isTimeout: isTimeout)
        }
    }

    private init(status: Int, retryAfter: Duration?, body: [UInt8]) {
        // Polymarket's services are behind Cloudflare, whose block page has status 403.
        if let refusal = Refusal(status: status, retryAfter: retryAfter, body: body, isBehindCloudflare: true)
        {
            switch refusal.cause {
            case .rate: self = .refused(retryAfter: refusal.retryAfter)
            case .unavailable: self = .unavailable(retryAfter: refusal.retryAfter ?? .zero)
            }
            return
        }
        switch status {
        case 200: self = .answered(.body(body))
        case 404, 410, 501: self = .answered(.absent(status: status))
        case 408: self = .timedOut(retryAfter: retryAfter)
        default: self = .failed("HTTP \(status)", isTransient: status >= 500)
        }
    }

    var isRefusal: Bool {
        switch self {
        case .refused, .timedOut: true
        case .answered, .unavailable, .failed: false
        }
    }

    /// True if there is no answer.
    var isProblem: Bool {
        switch self {
        case .answered: false
        case .refused, .timedOut, .unavailable, .failed: true
        }
    }

    /// The outcome for the limiter.
    var outcome: RequestOutcome {
        switch self {
        case .answered: .served
        case .refused(let retryAfter): .refused(retryAfter: retryAfter)
        case .timedOut(let retryAfter): .timedOut(retryAfter: retryAfter)
        // A service that throttles may delay an answer beyond the client's timeout.
        case .failed(_, _, isTimeout: true): .timedOut()
        case .failed(_, isTransient: false, _): .served
        case .unavailable, .failed: .inconclusive
        }
    }
}
