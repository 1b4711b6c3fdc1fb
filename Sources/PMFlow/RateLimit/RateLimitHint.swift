/// What a service says of its limit in its answers, as far as it says it: so many requests in a stretch of time, and
/// how many of them are left until it begins anew.
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

extension RateLimitHint {
    /// What is left of it, and until when; times as the ledger has them.
    struct Rest: Sendable {
        var left = 0
        var until = -Double.infinity

        func hasRoom(at now: Double) -> Bool { left > 0 || now >= until }

        mutating func take() { left -= 1 }
    }
}

extension AdaptiveLimiter {
    /// Takes a service at its word where that asks for more restraint than is known to be needed, and begins to be
    /// careful where it says that its limit is.
    mutating func heed(_ told: RateLimitHint, in pass: Permit) {
        if let quota = told.quota, let window = told.window?.seconds, window > 0, quota > 0 {
            let told = max(1, min(1e6, Double(quota) * self.window / window))
            limit = Int(told)
            self.quota = min(self.quota, told)
        }
        guard let remaining = told.remaining, let reset = told.reset?.seconds, reset > 0 else { return }
        // What went after the request may have come before its answer was made, or not.
        let since = admitted.count(after: pass.sent, through: now)
        allowance = RateLimitHint.Rest(
            left: max(0, remaining - since), until: now + min(reset, Self.longestClosure.seconds))
    }
}
