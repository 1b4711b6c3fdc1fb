/// A server's refusal to serve more requests for a while.
///
/// Other statuses are not refusals: they say something about one request.
package struct Refusal: Sendable, Equatable {
    package enum Cause: Sendable {
        /// Too many requests, or a block page: the only answers from which a limiter learns a quota.
        case rate
        /// The server cannot serve for a while, and says how long. That says nothing about a quota.
        case unavailable
    }

    package let cause: Cause
    /// The pause that the server requests; `nil` if it gives none.
    package let retryAfter: Duration?

    /// Evaluates the parts of a response, for example of a recorded one.
    ///
    /// - Parameters:
    ///   - status: 429 is a refusal, and so is a 503 with `Retry-After`; without it, a 503 is a failure like any
    ///     other (RFC 6585, section 4; RFC 9110, section 15.6.4).
    ///   - retryAfter: The response's `Retry-After`, as ``RetryAfter`` parses it.
    ///   - body: Read only for a 403.
    ///   - isBehindCloudflare: True if a 403 with an HTML page is a refusal, too: Cloudflare's block, or its
    ///     challenge for browsers. The default is false: elsewhere such a page means that access is forbidden.
    /// - Returns: `nil` if the response is not a refusal.
    package init?(
        status: Int, retryAfter: Duration?, body: [UInt8] = [], isBehindCloudflare: Bool = false
    ) {
        switch status {
        case 429: cause = .rate
        case 403 where isBehindCloudflare && isPage(body): cause = .rate
        case 503 where retryAfter != nil: cause = .unavailable
        default: return nil
        }
        self.retryAfter = retryAfter
    }
}

extension HTTPResponse {
    /// Returns the response as a refusal; `nil` if it is none.
    ///
    /// - Parameters:
    ///   - now: The current time in seconds since 1970, subtracted from a date in `Retry-After`.
    ///   - cap: The largest pause to return. The default is 15 minutes.
    ///   - isBehindCloudflare: See ``Refusal/init(status:retryAfter:body:isBehindCloudflare:)``.
    package func refusal(
        now: Int, cap: Duration = .seconds(900), isBehindCloudflare: Bool = false
    ) -> Refusal? {
        Refusal(
            status: status, retryAfter: RetryAfter.delay(header: headers["Retry-After"], now: now, cap: cap),
            body: body, isBehindCloudflare: isBehindCloudflare)
    }
}

/// Returns true if the first printable byte of a body begins HTML.
private func isPage(_ body: [UInt8]) -> Bool {
    body.first { $0 > 0x20 && $0 < 0x80 } == UInt8(ascii: "<")
}
