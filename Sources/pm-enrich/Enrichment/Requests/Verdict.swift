import PMFlow

/// What a reply means: for the one who asked, and for how fast the service may be asked.
enum Verdict {
    case answered(Answer)
    case refused(retryAfter: Duration?)
    case heldTooLong(retryAfter: Duration?)
    case failed(String, isTransient: Bool, wasHeld: Bool = false)

    init(_ reply: Reply) {
        switch reply {
        case .answer(let status, let retryAfter, _, let body, _):
            self.init(status: status, retryAfter: retryAfter, body: body)
        case .failure(let reason, let isTransient, let wasHeld):
            self = .failed(reason, isTransient: isTransient, wasHeld: wasHeld)
        }
    }

    private init(status: Int, retryAfter: Duration?, body: [UInt8]) {
        switch status {
        case 200: self = .answered(.body(body))
        case 404: self = .answered(.none)
        case 429, 503: self = .refused(retryAfter: retryAfter)
        // Cloudflare's pages: a block, or a challenge for browsers.
        case 403 where isPage(body): self = .refused(retryAfter: retryAfter)
        case 408: self = .heldTooLong(retryAfter: retryAfter)
        default: self = .failed("HTTP \(status)", isTransient: status >= 500)
        }
    }

    var isRefusal: Bool {
        switch self {
        case .refused, .heldTooLong: true
        case .answered, .failed: false
        }
    }

    var outcome: AdaptiveLimiter.Outcome {
        switch self {
        case .answered: .served
        case .refused(let retryAfter): .refused(retryAfter: retryAfter)
        case .heldTooLong(let retryAfter): .heldTooLong(retryAfter: retryAfter)
        // Throttling may be slower than our patience.
        case .failed(_, _, wasHeld: true): .heldTooLong()
        case .failed(_, isTransient: false, _): .served
        case .failed: .unknown
        }
    }
}

/// Whether it is HTML, and not an answer.
private func isPage(_ body: [UInt8]) -> Bool {
    body.first { $0 > 0x20 && $0 < 0x80 } == UInt8(ascii: "<")
}
