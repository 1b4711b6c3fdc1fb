import PMFlow

/// What a reply means: for the one who asked, and for how fast the service may be asked.
enum Verdict {
    case answered(Answer)
    case refused(retryAfter: Duration?)
    case heldTooLong
    case failed(String, isTransient: Bool)

    init(_ reply: Reply) {
        switch reply {
        case .answer(200, _, let body, _): self = .answered(.body(body))
        case .answer(404, _, _, _): self = .answered(.none)
        case .answer(429, let retryAfter, _, _), .answer(503, let retryAfter, _, _):
            self = .refused(retryAfter: retryAfter)
        // Cloudflare's pages: a block, or a challenge for browsers.
        case .answer(403, let retryAfter, let body, _) where body.first == UInt8(ascii: "<"):
            self = .refused(retryAfter: retryAfter)
        case .answer(408, _, _, _): self = .heldTooLong
        case .answer(let status, _, _, _): self = .failed("HTTP \(status)", isTransient: status >= 500)
        case .failure(let reason, let isTransient): self = .failed(reason, isTransient: isTransient)
        }
    }

    var outcome: WindowLedger.Outcome {
        switch self {
        case .answered: .served
        case .refused(let retryAfter): .refused(retryAfter: retryAfter)
        case .heldTooLong: .heldTooLong
        case .failed(_, isTransient: false): .served
        case .failed: .unknown
        }
    }
}
