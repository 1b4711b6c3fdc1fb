import PMFlow

/// The outcome of one attempt at a request.
package enum APIReply: Sendable {
    /// - Parameters:
    ///   - retryAfter: The pause that the service asked for, if any.
    ///   - hint: The limit that the service stated, if any.
    ///   - elapsed: From the request to the last byte of the answer.
    case answer(
        status: Int, retryAfter: Duration?, hint: RateLimitHint? = nil, body: [UInt8], elapsed: Duration)
    /// There was no answer.
    ///
    /// - Parameter isTimeout: True if the service had the request and did not answer in time.
    case failure(String, isTransient: Bool, isTimeout: Bool = false)

    var hint: RateLimitHint? {
        switch self {
        case .answer(_, _, let hint, _, _): hint
        case .failure: nil
        }
    }
}
