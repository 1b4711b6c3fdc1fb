import CNATS

/// An error of the client library or of the server.
package struct NATSError: Error, CustomStringConvertible {
    /// The library's status, for example `NATS_TIMEOUT`.
    package let status: natsStatus
    /// The server's error code in JetStream's API, for example 10059 for "stream not found"; 0 without one.
    ///
    /// Source: nats-server, `server/errors.json`.
    package let code: Int
    package let message: String

    package init(_ status: natsStatus, code: Int = 0, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// Creates the error of the library call that has just failed on this thread.
    init(_ status: natsStatus, code: jsErrCode = jsErrCode(rawValue: 0)) {
        var last = NATS_OK
        // The library keeps the text of the last error by thread; it may belong to an earlier call.
        let detail = nats_GetLastError(&last).map { String(cString: $0) } ?? ""
        let name = natsStatus_GetText(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
        self.init(
            status, code: Int(code.rawValue),
            message: last == status && !detail.isEmpty && detail != name ? "\(name): \(detail)" : name)
    }

    package var description: String { code == 0 ? message : "\(message) [NATS \(code)]" }

    /// True if the server has no such stream, consumer or message.
    package var isNotFound: Bool { status == NATS_NOT_FOUND || code == 10059 }

    /// True if no retry helps: the server rejects the login or the permission, or the address is unusable.
    package var isPermanent: Bool {
        [
            NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED, NATS_ADDRESS_MISSING, NATS_INVALID_ARG,
            NATS_INVALID_SUBJECT, NATS_SSL_ERROR,
        ].contains(status)
    }
}

/// Runs a library call, and throws its error unless it returns `NATS_OK`.
func check(_ status: natsStatus) throws(NATSError) {
    guard status == NATS_OK else { throw NATSError(status) }
}

/// Runs a call of JetStream's API, and throws its error with the server's code unless it returns `NATS_OK`.
func check(_ call: (UnsafeMutablePointer<jsErrCode>) -> natsStatus) throws(NATSError) {
    var code = jsErrCode(rawValue: 0)
    let status = call(&code)
    guard status == NATS_OK else { throw NATSError(status, code: code) }
}
