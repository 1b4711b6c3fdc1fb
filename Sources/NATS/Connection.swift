import CNATS

/// A connection to a cluster of NATS servers. It reconnects by itself, to any server of the cluster, until it is
/// released.
///
/// The library has threads of its own. Its callbacks only post to an ``Inbox``.
package final class Connection {
    let handle: OpaquePointer
    /// The JetStream context, for requests and for publishing.
    let jetStream: OpaquePointer

    /// Connects to one of the servers.
    ///
    /// - Parameters:
    ///   - name: The client's name in the server's monitoring.
    ///   - inbox: Receives the acknowledgements of messages published asynchronously.
    ///   - requestTimeout: The longest wait for the answer to a request. The default is five seconds.
    /// - Throws: ``NATSError`` unless a server answers within two seconds and accepts the login.
    package init(
        to servers: ServerAddress, name: String, inbox: Inbox? = nil, requestTimeout: Duration = .seconds(5)
    ) throws(NATSError) {
        let options = try Self.options(servers, name: name)
        defer { natsOptions_Destroy(options) }
        var connection: OpaquePointer?
        try check(natsConnection_Connect(&connection, options))
        guard let connection else { throw NATSError(NATS_ERR, message: "no connection") }
        var context: OpaquePointer?
        var settings = jsOptions()
        jsOptions_Init(&settings)
        settings.Wait = requestTimeout.milliseconds
        if let inbox {
            settings.PublishAsync.AckHandler = receiveAcknowledgement
            settings.PublishAsync.AckHandlerClosure = Unmanaged.passUnretained(inbox).toOpaque()
        }
        let status = natsConnection_JetStream(&context, connection, &settings)
        guard status == NATS_OK, let context else {
            natsConnection_Destroy(connection)
            throw NATSError(status)
        }
        handle = connection
        jetStream = context
        self.inbox = inbox
    }

    // Retained here, because the library keeps a pointer to it.
    let inbox: Inbox?

    deinit {
        // The connection goes first: after that, no callback runs.
        natsConnection_Close(handle)
        jsCtx_Destroy(jetStream)
        natsConnection_Destroy(handle)
    }

    /// True while a server is connected.
    package var isConnected: Bool { natsConnection_Status(handle) == NATS_CONN_STATUS_CONNECTED }

    /// The largest message that the server takes, in bytes.
    package var largestMessage: Int { Int(natsConnection_GetMaxPayload(handle)) }

    private static func options(_ servers: ServerAddress, name: String) throws(NATSError) -> OpaquePointer {
        var options: OpaquePointer?
        try check(natsOptions_Create(&options))
        guard let options else { throw NATSError(NATS_NO_MEMORY) }
        do throws(NATSError) {
            try configure(options, servers, name: name)
            return options
        } catch {
            natsOptions_Destroy(options)
            throw error
        }
    }

    private static func configure(
        _ options: OpaquePointer, _ servers: ServerAddress, name: String
    ) throws(NATSError) {
        try withCStrings(servers.urls) { urls throws(NATSError) in
            var urls = urls
            try check(natsOptions_SetServers(options, &urls, CInt(urls.count)))
        }
        try check(natsOptions_SetName(options, name))
        try check(natsOptions_SetTimeout(options, 2000))
        // A server that is gone is noticed after three silent seconds, and another one is tried at once.
        try check(natsOptions_SetPingInterval(options, 1000))
        try check(natsOptions_SetMaxPingsOut(options, 2))
        try check(natsOptions_SetMaxReconnect(options, -1))
        try check(natsOptions_SetReconnectWait(options, 100))
        // A request in flight fails when its connection breaks, so that it is sent again on the next one.
        try check(natsOptions_SetFailRequestsOnDisconnect(options, true))
        if let file = servers.credentialsFile {
            try check(natsOptions_SetUserCredentialsFromFiles(options, file, nil))
        }
        if let file = servers.certificateFile {
            try check(natsOptions_LoadCATrustedCertificates(options, file))
        }
        if servers.urls.contains(where: { $0.hasPrefix("tls://") }) || servers.certificateFile != nil {
            try check(natsOptions_SetSecure(options, true))
        }
    }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// Whole nanoseconds, the unit of JetStream's configuration.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

/// Lends the texts to C for the time of a call.
func withCStrings<Result, Failure: Error>(
    _ texts: [String], _ body: ([UnsafePointer<CChar>?]) throws(Failure) -> Result
) throws(Failure) -> Result {
    let copies = texts.map { text -> UnsafeMutablePointer<CChar> in
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (offset, byte) in bytes.enumerated() { (copy + offset).initialize(to: byte) }
        return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    return try body(copies.map { UnsafePointer($0) })
}
