/// One request, with everything that bounds it.
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
    /// `http://` or `https://`, without a user name. Redirections are answers like any other: nobody follows them.
    package var url: String
    /// Sent besides those that libcurl makes. A line break in one fails the request.
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// How long until there is a connection, its name resolved and TLS agreed on. The default is 2 s.
    package var connectTimeout: Duration = .seconds(2)
    /// How long in all, from ``HTTPClient/start(_:)`` to the last byte. The default is 5 s.
    package var timeout: Duration = .seconds(5)
    /// Bytes of the answer, unpacked, beyond which it fails as ``HTTPFailure/Kind/tooLarge``. The default is 8 MiB.
    package var longestAnswer = 8 << 20
    /// Which addresses may be connected to. The default is any.
    package var addressPolicy = AddressPolicy.any

    package init(_ method: Method = .get, _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}
