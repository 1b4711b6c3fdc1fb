import CLibwebsockets

extension EventLoop {
    /// Starts to connect. No event is told before this call returns.
    ///
    /// The host is looked up on another thread, and its addresses are tried in turn.
    @discardableResult
    package func connect(
        to url: WebSocketURL, _ options: ClientConnection.Options = .init(),
        onEvent: @escaping (ClientConnection, ClientConnection.Event) -> Void
    ) throws(WebSocketError) -> ClientConnection {
        guard !options.allowInsecure || url.isLoopback else { throw .insecureBeyondLoopback(host: url.host) }
        let connection = ClientConnection(loop: self, url: url, options: options, onEvent: onEvent)
        connection.start()
        return connection
    }

    /// Has the library connect to one address; the name goes into the request, and the certificate must be for it.
    ///
    /// The corresponding C function is `lws_client_connect_via_info`.
    /// - Returns: `nil` when it has failed on the spot, with or without an event.
    func open(
        _ connection: ClientConnection, at address: String, _ options: ClientConnection.Options
    ) -> OpaquePointer? {
        keep(connection)
        let url = connection.url
        let words = CStrings()  // the library copies what it needs
        var info = lws_client_connect_info()
        info.context = context
        info.vhost = clientHost
        info.address = words.keep(address)
        info.port = CInt(url.port)
        info.path = words.keep(url.target)
        info.host = words.keep(url.authority)
        info.alpn = words.keep("http/1.1")
        info.local_protocol_name = words.keep("client")
        info.ssl_connection = flags(isSecure: url.isSecure, allowInsecure: options.allowInsecure)
        info.retry_and_idle_policy = policy(of: options.heartbeat)
        // Unretained: the loop keeps the connection until the library's last word about it.
        info.opaque_user_data = Unmanaged<Socket>.passUnretained(connection).toOpaque()
        let handle = lws_client_connect_via_info(&info)
        if handle == nil { release(connection) }
        return handle
    }
}

private func flags(isSecure: Bool, allowInsecure: Bool) -> CInt {
    var flags = LCCSCF_HTTP_NO_FOLLOW_REDIRECT.rawValue
    if isSecure { flags |= LCCSCF_USE_SSL.rawValue }
    if allowInsecure {
        flags |=
            LCCSCF_ALLOW_SELFSIGNED.rawValue | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK.rawValue
            | LCCSCF_ALLOW_EXPIRED.rawValue | LCCSCF_ALLOW_INSECURE.rawValue
    }
    return CInt(bitPattern: flags)
}
