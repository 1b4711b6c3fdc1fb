/// The complete response of a server, with any status.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    /// The body, decompressed if the server had compressed it.
    package let body: [UInt8]
    /// The time from ``HTTPClient/start(_:)`` to the last byte, including the wait for a free connection.
    package let elapsed: Duration
}

/// The end of one HTTP request. Every request that is started and not cancelled has exactly one.
package struct HTTPCompletion: Sendable {
    package let id: RequestID
    package let result: Result<HTTPResponse, HTTPFailure>
}

/// Identifies a request or mail of one client; never reused.
package struct RequestID: Hashable, Sendable {
    let number: UInt64
}
