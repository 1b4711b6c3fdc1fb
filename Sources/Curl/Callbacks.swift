import CCurl

// The C callbacks. Each finds the `Transfer` of its user pointer and passes its arguments on. They do nothing
// else.

/// Receives one header line.
///
/// - Returns: The bytes accepted; fewer than all of them ends the transfer.
func receiveHeader(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return Transfer.at(transfer!).response.receive(headerLine: line) ? line.count : 0
}

/// Receives a piece of the body.
///
/// - Returns: The bytes accepted; fewer than all of them ends the transfer.
func receiveBody(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return Transfer.at(transfer!).response.receive(body: piece) ? piece.count : 0
}

/// Provides the next piece of an outgoing mail.
///
/// - Returns: The bytes provided; 0 at the end.
func sendMail(
    buffer: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
    let space = UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
    return Transfer.at(transfer!).outgoing?.read(into: space) ?? 0
}

/// Opens the socket of a new connection.
func openSocket(
    transfer: UnsafeMutableRawPointer?, purpose: curlsocktype, address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    Transfer.at(transfer!).gate.open(address!)
}

/// Permits or denies a connection, new or reused, before a request is sent on it.
func checkConnection(
    transfer: UnsafeMutableRawPointer?, remote: UnsafeMutablePointer<CChar>?,
    local: UnsafeMutablePointer<CChar>?, remotePort: CInt, localPort: CInt
) -> CInt {
    Transfer.at(transfer!).gate.admits(connectionTo: String(cString: remote!))
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}
