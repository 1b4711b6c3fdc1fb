import CCurl

/// The reason why a request has no complete response.
package struct HTTPFailure: Error, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The request cannot be sent: its URL or a header is malformed, or the scheme is not supported.
        case invalidRequest
        case couldNotResolve
        /// No connection, or none within its time limit.
        case couldNotConnect
        /// The ``AddressPolicy`` denies every address of the host.
        case addressDenied
        /// The request was sent, but no complete response arrived in time.
        case timedOut
        /// The server's certificate is not trusted for this host.
        case untrusted
        /// TLS failed before the certificate was verified.
        case tls
        /// The connection broke before the response was complete.
        case interrupted
        /// The response is not HTTP, or not in its declared encoding.
        case malformed
        case tooLarge
        case other
    }

    package let kind: Kind
    /// libcurl's error text. It may contain the host and port, never the path.
    package let message: String
    /// The response without its body, if its head had arrived; never an interim response.
    package private(set) var head: HTTPResponse?

    /// True if the same request may succeed on a later attempt.
    package var isTransient: Bool {
        switch kind {
        case .couldNotResolve, .couldNotConnect, .timedOut, .tls, .interrupted, .malformed: true
        case .invalidRequest, .addressDenied, .untrusted, .tooLarge, .other: false
        }
    }

    package var description: String { message }
}

extension HTTPFailure {
    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// Returns the same failure with the head of the response.
    func with(head: HTTPResponse) -> HTTPFailure {
        var failure = self
        failure.head = head.status >= 200 ? head : nil
        return failure
    }

    /// - Parameter details: The content of `CURLOPT_ERRORBUFFER`; empty if libcurl set none.
    ///
    /// Source: libcurl-errors(3).
    init(_ code: CURLcode, details: String = "") {
        kind =
            switch code {
            case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED, CURLE_BAD_FUNCTION_ARGUMENT: .invalidRequest
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .couldNotResolve
            case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED, CURLE_NO_CONNECTION_AVAILABLE:
                .couldNotConnect
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM: .untrusted
            case CURLE_SSL_CONNECT_ERROR, CURLE_USE_SSL_FAILED: .tls
            case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2,
                CURLE_HTTP2_STREAM:
                .interrupted
            // The request's scheme was checked before, so the unsupported protocol is the response's:
            // HTTP/0.9.
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .malformed
            case CURLE_FILESIZE_EXCEEDED: .tooLarge
            default: .other
            }
        message = details.isEmpty ? String(cString: curl_easy_strerror(code)) : details
    }
}
