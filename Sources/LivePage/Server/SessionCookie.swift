import Crypto
import PMRecord

/// The cookie that stands for the token once a browser has shown it.
///
/// Browsers exist that send no Basic authentication with a WebSocket handshake, but all send cookies. Its value is a time
/// of expiry and that time's HMAC with the token as key: the server keeps no list of sessions, a restart ends none, and
/// another token ends all. Scripts of the page cannot read it (HttpOnly), and no other site's request carries it
/// (SameSite=Strict).
struct SessionCookie {
    private let token: String

    private static let name = "pm_live"
    private static let lifetime = Duration.seconds(30 * 86_400)

    init(token: String) {
        self.token = token
    }

    /// Returns the time left of the cookie in a request's `Cookie` header; `nil` if there is no valid one.
    func timeLeft(in header: String?, at now: Timestamp) -> Duration? {
        for pair in header?.split(separator: ";") ?? [] {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == Self.name else { continue }
            let value = parts[1].split(separator: ".", maxSplits: 1)
            guard value.count == 2, let expiry = Int64(value[0]),
                areEqualInConstantTime(value[1].utf8, signature(of: expiry).utf8)
            else { continue }
            let left = now.duration(to: Timestamp(milliseconds: expiry))
            if left > .zero, left <= Self.lifetime { return left }
        }
        return nil
    }

    /// Returns true if a cookie should be replaced by a new one: less than half of its time is left.
    func isAging(_ timeLeft: Duration) -> Bool { timeLeft < Self.lifetime / 2 }

    /// Returns a `Set-Cookie` header's value.
    ///
    /// - Parameter isSecure: True if the browser uses TLS: it then never sends the cookie without.
    func header(at now: Timestamp, isSecure: Bool) -> String {
        let expiry = now.advanced(by: Self.lifetime).milliseconds
        return
            "\(Self.name)=\(expiry).\(signature(of: expiry)); Path=/; Max-Age=\(Self.lifetime.components.seconds); "
            + "HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }

    private func signature(of expiry: Int64) -> String {
        hexadecimal(hmacSHA256(key: token.utf8, message: "pm-alert live page \(expiry)".utf8).bytes.span)
    }
}
