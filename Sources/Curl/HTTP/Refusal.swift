/// A server's refusal to serve more requests for a while: the one meaning of "too many requests".
///
/// Other statuses are not refusals: they say something about one request, not about the rate.
package struct Refusal: Sendable, Equatable {
    /// The pause that the server asks for; `nil` where it names none.
    package let retryAfter: Duration?

    /// Judges a response by its parts, such as one that was recorded.
    ///
    /// - Parameters:
    ///   - status: 429 and 503 are refusals (RFC 6585, section 4; RFC 9110, section 15.6.4).
    ///   - retryAfter: The response's `Retry-After`, as ``RetryAfter`` reads it.
    ///   - body: Read only for a 403.
    ///   - isBehindCloudflare: Whether a 403 with an HTML page is a refusal too: Cloudflare's block, or its challenge
    ///     for browsers. The default is no: elsewhere such a page means that access is forbidden.
    /// - Returns: `nil` when the response is no refusal.
    package init?(
        status: Int, retryAfter: Duration?, body: [UInt8] = [], isBehindCloudflare: Bool = false
    ) {
        switch status {
        case 429, 503: break
        case 403 where isBehindCloudflare && isPage(body): break
        default: return nil
        }
        self.retryAfter = retryAfter
    }
}

extension HTTPResponse {
    /// Returns the refusal that this response is; `nil` when it is none.
    ///
    /// - Parameters:
    ///   - now: Seconds since 1970, against which a date in `Retry-After` is held.
    ///   - cap: The longest pause that is believed. The default is 15 minutes.
    ///   - isBehindCloudflare: See ``Refusal/init(status:retryAfter:body:isBehindCloudflare:)``.
    package func refusal(
        now: Int, cap: Duration = .seconds(900), isBehindCloudflare: Bool = false
    ) -> Refusal? {
        Refusal(
            status: status, retryAfter: RetryAfter.delay(header: headers["Retry-After"], now: now, cap: cap),
            body: body, isBehindCloudflare: isBehindCloudflare)
    }
}

/// Returns whether a body is HTML, judged by its first printable byte.
private func isPage(_ body: [UInt8]) -> Bool {
    body.first { $0 > 0x20 && $0 < 0x80 } == UInt8(ascii: "<")
}
