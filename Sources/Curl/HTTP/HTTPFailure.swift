import CCurl

/// Why there is no answer.
package struct HTTPFailure: Error, CustomStringConvertible {
    package enum Kind: Sendable {
        /// Not a request that could be sent: its URL or a header is malformed, or the scheme is none of ours.
        case invalidRequest
        case couldNotResolve
        /// Nor within the time for it.
        case couldNotConnect
        /// Every address of the host is one that the ``AddressPolicy`` forbids.
        case addressRefused
        /// The request was sent, and there was no whole answer in time.
        case timedOut
        /// The server's certificate is not one to trust for this host.
        case untrusted
        /// TLS failed before there was a certificate to judge.
        case tls
        /// The connection broke off before the answer was whole.
        case interrupted
        /// What came is not HTTP, or not in the encoding that it says.
        case malformed
        case tooLarge
        case other
    }

    package let kind: Kind
    /// libcurl's words. They may name the host and port, never the path.
    package let message: String
    /// The head of the answer, without a body, where that much of it had come; never of an interim one.
    package private(set) var head: HTTPResponse?

    /// Whether the same request may succeed on a later attempt.
    package var isTransient: Bool {
        switch kind {
        case .couldNotResolve, .couldNotConnect, .timedOut, .tls, .interrupted, .malformed: true
        case .invalidRequest, .addressRefused, .untrusted, .tooLarge, .other: false
        }
    }

    package var description: String { message }
}

extension HTTPFailure {
    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The same failure, behind the head of an answer.
    func behind(_ head: HTTPResponse) -> HTTPFailure {
        var failure = self
        failure.head = head.status >= 200 ? head : nil
        return failure
    }

    /// - Parameter details: What `CURLOPT_ERRORBUFFER` holds; empty where libcurl had nothing to add to its code.
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
            // Our requests have a scheme that is supported, so here it is the answer's: HTTP/0.9.
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .malformed
            case CURLE_FILESIZE_EXCEEDED: .tooLarge
            default: .other
            }
        message = details.isEmpty ? String(cString: curl_easy_strerror(code)) : details
    }
}
