import CCurl
import Glibc

/// Applies the ``AddressPolicy`` of one request to each address that it is about to use.
struct AddressGate {
    /// The time without acknowledgement after which the kernel ends a connection. Without it, an HTTP/2
    /// connection that was lost silently would accept one request after another, and each would time out.
    private static let userTimeout: CInt = 15_000  // milliseconds

    var policy = AddressPolicy.any
    private var denied = 0
    private var allowed = 0

    /// Opens a socket for an address, if the policy permits it.
    ///
    /// libcurl would open it without `SOCK_CLOEXEC`, and child processes would inherit it.
    ///
    /// - Returns: The socket, or `CURL_SOCKET_BAD`: then libcurl tries the host's next address.
    mutating func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr)!
        let target = UnsafeRawPointer(address) + offset  // longer than its C type
        guard policy.permits(target.assumingMemoryBound(to: sockaddr.self)) else {
            denied += 1
            return CURL_SOCKET_BAD
        }
        allowed += 1
        let (family, type) = (address.pointee.family, address.pointee.socktype)
        let descriptor = socket(family, type | CInt(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
        guard descriptor >= 0 else { return CURL_SOCKET_BAD }
        var timeout = Self.userTimeout
        setsockopt(
            descriptor, CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, &timeout, socklen_t(MemoryLayout<CInt>.size))
        return descriptor
    }

    /// Returns true if the policy permits an open connection, which a request with another policy may have
    /// opened.
    mutating func admits(connectionTo address: String) -> Bool {
        guard !policy.permits(address) else { return true }
        denied += 1
        return false
    }

    /// Returns true if the request failed with `code` because of the policy.
    func hasDenied(_ code: CURLcode) -> Bool {
        denied > 0 && (allowed == 0 || code == CURLE_ABORTED_BY_CALLBACK)
    }
}
