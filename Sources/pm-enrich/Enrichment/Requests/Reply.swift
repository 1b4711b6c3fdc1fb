import PMFlow

/// How one attempt at a request ended.
package enum Reply: Sendable {
    /// - Parameters:
    ///   - retryAfter: How long the service asked us to stay away, if it did.
    ///   - told: What the service said of its limit, if anything.
    ///   - elapsed: From the request to the last byte of the answer.
    case answer(
        status: Int, retryAfter: Duration?, told: RateLimitHint? = nil, body: [UInt8], elapsed: Duration)
    /// There was no answer.
    ///
    /// - Parameter wasHeld: Whether the service had the request, and took longer than we wait.
    case failure(String, isTransient: Bool, wasHeld: Bool = false)

    var told: RateLimitHint? {
        switch self {
        case .answer(_, _, let told, _, _): told
        case .failure: nil
        }
    }
}
