/// The limit that a service states in an answer's headers: `quota` requests in each `window`, of which `remaining` are
/// left until `reset` from now. Each is `nil` when it is not stated.
package struct RateLimitHint: Sendable, Equatable {
    package var quota: Int?
    package var window: Duration?
    package var remaining: Int?
    package var reset: Duration?

    package init(quota: Int? = nil, window: Duration? = nil, remaining: Int? = nil, reset: Duration? = nil) {
        self.quota = quota
        self.window = window
        self.remaining = remaining
        self.reset = reset
    }
}
