import CCurl

/// The `Retry-After` field of a response (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// Returns the delay that a server requests before the next request; `nil` if there is none or it is
    /// malformed.
    ///
    /// - Parameters:
    ///   - header: Seconds, with or without a fraction (Discord sends one, though the standard has none), or
    ///     a date.
    ///   - now: The current time in seconds since 1970, subtracted from a date. A past date gives zero.
    ///   - cap: The largest delay to return.
    package static func delay(header: String?, now: Int, cap: Duration) -> Duration? {
        guard let text = header?.split(whereSeparator: \.isWhitespace).joined(separator: " "),
            let first = text.utf8.first
        else { return nil }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return seconds(text).map {
                $0 < cap.inSeconds ? min(.microseconds(($0 * 1e6).rounded()), cap) : cap
            }
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            // Each of the three date formats begins with the name of a day.
            let date = curl_getdate(text, nil)
            guard date != -1 else { return nil }
            return min(.seconds(max(date.subtractingReportingOverflow(now).partialValue, 0)), cap)
        default:
            return nil
        }
    }

    private static func seconds(_ text: String) -> Double? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isNumber =
            parts.count <= 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
        return isNumber ? Double(text) : nil
    }
}

extension Duration {
    fileprivate var inSeconds: Double { self / .seconds(1) }
}
