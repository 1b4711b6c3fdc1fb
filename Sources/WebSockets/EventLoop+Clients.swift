import CLibwebsockets

extension EventLoop {
    /// Starts to connect. `onEvent` is never called before this call returns.
    ///
    /// The host is resolved on another thread, and its addresses are tried one after another.
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

    /// Starts the library's connect to one address. The request carries the URL's host name, and the
    /// certificate must be valid for that name.
    ///
    /// The corresponding C function is `lws_client_connect_via_info`.
    /// - Returns: `nil` if the connect failed at once, with or without an event.
    func open(
        _ connection: ClientConnection, at address: String, _ options: ClientConnection.Options
    ) -> OpaquePointer? {
        keep(connection)
        let url = connection.url
        let strings = CStrings()  // the library copies what it needs
        var info = lws_client_connect_info()
        info.context = context
        info.vhost = clientHost
        info.address = strings.keep(address)
        info.port = CInt(url.port)
        info.path = strings.keep(url.target)
        info.host = strings.keep(url.authority)
        info.alpn = strings.keep("http/1.1")
        info.local_protocol_name = strings.keep("client")
        info.ssl_connection = flags(isSecure: url.isSecure, allowInsecure: options.allowInsecure)
        info.retry_and_idle_policy = policy(of: options.heartbeat)
        // Unretained: the loop retains the connection until the library destroys the socket.
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
