import CCurl

/// What a server answered, whatever its status.
package struct HTTPResponse: Sendable {
    package enum Version: Sendable {
        case http1_0
        case http1_1
        case http2
        case other
    }

    package let status: Int
    package let headers: HTTPHeaders
    /// Unpacked, where it came compressed.
    package let body: [UInt8]
    /// From ``HTTPClient/start(_:)`` to the last byte, including the wait for one of the client's connections.
    package let elapsed: Duration
    package let version: Version
}

/// How one request ended. Every request that is started and not cancelled ends in exactly one.
package struct HTTPCompletion: Sendable {
    package let id: RequestID
    package let result: Result<HTTPResponse, HTTPFailure>
}

/// Names a request of one client; none is used twice.
package struct RequestID: Hashable, Sendable {
    let number: UInt64
}

extension HTTPResponse.Version {
    /// - Parameter value: That of `CURLINFO_HTTP_VERSION`.
    init(_ value: Int) {
        switch value {
        case CURL_HTTP_VERSION_1_0: self = .http1_0
        case CURL_HTTP_VERSION_1_1: self = .http1_1
        case CURL_HTTP_VERSION_2_0: self = .http2
        default: self = .other
        }
    }
}
