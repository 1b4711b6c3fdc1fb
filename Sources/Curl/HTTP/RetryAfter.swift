import CCurl

/// The `Retry-After` field of an answer (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// How long a server asks us to stay away; `nil` if it does not say, or says what nobody can read.
    ///
    /// - Parameters:
    ///   - header: Seconds, with a fraction (which Discord sends and the standard does not have) or without, or a date.
    ///   - now: Seconds since 1970, against which a date is held. One that is past means zero.
    ///   - cap: The longest that is believed.
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
            let date = curl_getdate(text, nil)  // a date of any of the three forms begins with a day's name
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
