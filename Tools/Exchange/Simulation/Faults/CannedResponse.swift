import Glibc
import PMJSON
import PMRecord
import WebSockets

/// A scripted answer, mostly an error, in the forms that servers use.
package struct CannedResponse: Sendable {
    /// The form of the header Retry-After.
    package enum RetryAfter: Sendable {
        case absent
        /// Exactly this.
        case text(String)
        /// Whole seconds, rounded up; a date; or values that are of no use.
        case seconds, date, zero, negative, absurd
    }

    package enum Body: String, Sendable {
        /// The form of the route: an error of the Data API v2, of Gamma, or `{"error":…}`.
        case json
        /// The form of the Data API v2, whatever the route.
        case v2
        case html, empty, discord, telegram
    }

    package var status: Int
    package var retryAfter = RetryAfter.absent
    /// The time that the client shall wait.
    package var wait = Duration.seconds(1)
    package var body = Body.json
    /// The code of a body in the form of the Data API v2; by status if `nil`.
    var code: DataError.Code?
    package var headers: [(name: String, value: String)] = []

    package init(status: Int) { self.status = status }

    /// - Parameters:
    ///   - now: For the form that is a date.
    ///   - route: The route that is asked, for the form of a JSON body.
    ///   - trace: The id of this answer, which only the Data API v2 sends.
    func response(at now: Timestamp, route: String, trace: String) -> Response {
        var headers = headers
        if let text = header(at: now) { headers.append(("Retry-After", text)) }
        let seconds = decimalText(dollars: Double(wait.inMilliseconds) / 1_000)
        switch body {
        case .json, .v2:
            let isV2 = body == .v2 || route.hasPrefix("data/v2")
            if isV2 { headers.append(("x-trace-id", trace)) }
            return Response(
                status: status, headers: headers + [("Content-Type", "application/json")],
                body: isV2 ? DataError(code ?? codeOfStatus).body(trace: trace) : errorBody(route))
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
                    $0.field("message", "You are being rate limited.")
                    $0.field("retry_after", digits: seconds)
                    $0.field("global", false)
                })
        case .telegram:
            return Response(
                status: status, headers: headers + [("Content-Type", "application/json")],
                body: json {
                    $0.field("ok", false)
                    $0.field("error_code", status)
                    $0.field("description", "Too Many Requests: retry after \(wholeSeconds)")
                    $0.key("parameters")
                    $0.object { $0.field("retry_after", wholeSeconds) }
                })
        }
    }

    private var codeOfStatus: DataError.Code {
        switch status {
        case 404: .notFound
        case 405: .methodNotAllowed
        case 429: .rateLimited
        case 503: .requestTimeout
        case 500...: .internal
        default: .invalidRequest
        }
    }

    private func errorBody(_ route: String) -> [UInt8] {
        guard route.hasPrefix("gamma") else {
            return json { $0.field("error", status == 429 ? "Too Many Requests" : "simulated error") }
        }
        return GammaError(
            status: status, type: status == 503 ? "service unavailable" : "internal error",
            message: "cannot get the information"
        ).response.body
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
