import Curl
import PMFlow

extension APIReply {
    /// The longest pause that is granted to a service.
    private static let longestPause = Duration.seconds(300)

    /// - Parameter now: Seconds since 1970.
    init(_ response: HTTPResponse, at now: Int) {
        let limit = RateLimit(response.headers, now: now)
        self = .answer(
            status: response.status,
            retryAfter: RetryAfter.delay(
                header: response.headers["Retry-After"], now: now, cap: Self.longestPause),
            hint: limit.map {
                RateLimitHint(quota: $0.quota, window: $0.window, remaining: $0.remaining, reset: $0.reset)
            },
            body: response.body, elapsed: response.elapsed)
    }
}
