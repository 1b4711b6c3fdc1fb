import Glibc
import PMJSON
import PMRecord
import WebSockets

/// An answer that is no success, in the forms that servers give it.
package struct Refusal: Sendable {
    /// How the answer says when to come again.
    package enum RetryAfter: Sendable {
        case absent
        /// As it stands.
        case text(String)
        /// Whole seconds, rounded up; a date; or neither of any use.
        case seconds, date, zero, negative, absurd
    }

    package enum Body: String, Sendable {
        case json, html, empty, discord, telegram
    }

    package var status: Int
    package var retryAfter = RetryAfter.absent
    /// How long to stay away.
    package var wait = Duration.seconds(1)
    package var body = Body.json
    package var headers: [(name: String, value: String)] = []

    package init(status: Int) { self.status = status }

    /// - Parameter now: For the form that is a date.
    func response(at now: Timestamp) -> Response {
        var headers = headers
        if let text = header(at: now) { headers.append(("Retry-After", text)) }
        let seconds = decimalText(dollars: Double(wait.inMilliseconds) / 1_000)
        switch body {
        case .json:
            return Response(
                status: status, headers: headers + [("Content-Type", "application/json")],
                body: json {
                    $0.feed("error", "refused by the simulator")
                    $0.feed("code", status)
                    $0.feed("retryable", status == 429 || status >= 500)
                })
        case .html:
            return Response(
                status: status, headers: headers + [("Content-Type", "text/html; charset=UTF-8")],
                body: Array(
                    "<!DOCTYPE html><html><title>\(status)</title><h1>Error \(status)</h1></html>\n".utf8))
        case .empty:
            return Response(status: status, headers: headers)
        case .discord:
            headers += [
                ("X-RateLimit-Limit", "5"), ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset-After", seconds),
                ("X-RateLimit-Bucket", "d3ad"), ("Content-Type", "application/json"),
            ]
            return Response(
                status: status, headers: headers,
                body: json {
                    $0.feed("message", "You are being rate limited.")
                    $0.feed("retry_after", digits: seconds)
                    $0.feed("global", false)
                })
        case .telegram:
            return Response(
                status: status, headers: headers + [("Content-Type", "application/json")],
                body: json {
                    $0.feed("ok", false)
                    $0.feed("error_code", status)
                    $0.feed("description", "Too Many Requests: retry after \(wholeSeconds)")
                    $0.key("parameters")
                    $0.object { $0.feed("retry_after", wholeSeconds) }
                })
        }
    }

    private var wholeSeconds: Int64 { (wait.inMilliseconds + 999) / 1_000 }

    private func header(at now: Timestamp) -> String? {
        switch retryAfter {
        case .absent: nil
        case .text(let text): text
        case .seconds: String(wholeSeconds)
        case .date: httpDate(now.advanced(by: wait))
        case .zero: "0"
        case .negative: "-5"
        case .absurd: "86400000"
        }
    }
}

/// "Sun, 06 Nov 1994 08:49:37 GMT", whole seconds rounded up. Source: RFC 9110, section 5.6.7.
func httpDate(_ time: Timestamp) -> String {
    var seconds = time_t((time.milliseconds + 999) / 1_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let two = { (number: Int32) in number < 10 ? "0\(number)" : "\(number)" }
    return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
        + "\(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
}
