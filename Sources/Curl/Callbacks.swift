import CCurl

// From C to Swift: each finds the `Transfer` behind its user pointer and passes on what it was given.
// Nothing else belongs here.

/// - Returns: How much was taken; anything but all of it ends the transfer.
func receiveHeader(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return Transfer.at(transfer!).answer.receive(headerLine: line) ? line.count : 0
}

/// - Returns: How much was taken; anything but all of it ends the transfer.
func receiveBody(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return Transfer.at(transfer!).answer.receive(body: piece) ? piece.count : 0
}

/// - Returns: How much was given; 0 at the end.
func sendMail(
    buffer: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
    let room = UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
    return Transfer.at(transfer!).outgoing?.read(into: room) ?? 0
}

func openSocket(
    transfer: UnsafeMutableRawPointer?, purpose: curlsocktype, address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    Transfer.at(transfer!).gate.open(address!)
}

/// Called before a request is sent, on a connection new or used.
func judgeConnection(
    transfer: UnsafeMutableRawPointer?, remote: UnsafeMutablePointer<CChar>?,
    local: UnsafeMutablePointer<CChar>?, remotePort: CInt, localPort: CInt
) -> CInt {
    Transfer.at(transfer!).gate.admits(connectionTo: String(cString: remote!))
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}
