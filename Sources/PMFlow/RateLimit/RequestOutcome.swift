/// The outcome of a request, as far as the service's limit is concerned.
package enum RequestOutcome: Sendable {
    case served
    /// The service refused: 429, or a block page.
    ///
    /// - Parameter retryAfter: The pause that the service asked for; `nil` when it stated none.
    case refused(retryAfter: Duration?)
    /// The service held the request until it gave up with status 408, or until the client did. One that takes less than
    /// a second counts as refused.
    case timedOut(retryAfter: Duration? = nil)
    /// The request says nothing about the limit: the connection broke, for example.
    case inconclusive

    package var isRefusal: Bool {
        switch self {
        case .refused, .timedOut: true
        case .served, .inconclusive: false
        }
    }
}
