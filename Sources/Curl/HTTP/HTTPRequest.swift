/// One HTTP request with its limits.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package var method: Method
    /// An `http://` or `https://` URL without a user name. Redirects are not followed: they are responses
    /// like any other.
    package var url: String
    /// Sent in addition to libcurl's own headers. A line break in one makes the request fail.
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// The time limit for name resolution, connect and TLS handshake. The default is 2 s.
    package var connectTimeout: Duration = .seconds(2)
    /// The time limit from ``HTTPClient/start(_:)`` to the last byte of the response. The default is 5 s.
    package var timeout: Duration = .seconds(5)
    /// The largest decoded body in bytes; a larger one fails with ``HTTPFailure/Kind/tooLarge``. The default
    /// is 8 MiB.
    package var longestAnswer = 8 << 20
    /// The addresses that may be connected to. The default is any.
    package var addressPolicy = AddressPolicy.any

    package init(_ method: Method = .get, _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}
