import CCurl
import Glibc

/// An ``AddressPolicy`` at work: judges each address that one request is about to use.
struct AddressGate {
    /// How long sent bytes may stay unacknowledged before a connection is given up. Without it, an HTTP/2 connection
    /// that died in silence would take one request after another until each has timed out.
    private static let patience: CInt = 15_000  // milliseconds

    var policy = AddressPolicy.any
    private var denied = 0
    private var allowed = 0

    /// Opens a socket for an address, if the policy permits it.
    ///
    /// libcurl would open it without `SOCK_CLOEXEC`, and programs that we start would inherit it.
    ///
    /// - Returns: `CURL_SOCKET_BAD` if not, upon which libcurl tries the host's next address.
    mutating func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr)!
        let target = UnsafeRawPointer(address) + offset  // longer than its type in C says
        guard policy.permits(target.assumingMemoryBound(to: sockaddr.self)) else {
            denied += 1
            return CURL_SOCKET_BAD
        }
        allowed += 1
        let (family, type) = (address.pointee.family, address.pointee.socktype)
        let descriptor = socket(family, type | CInt(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
        guard descriptor >= 0 else { return CURL_SOCKET_BAD }
        var patience = Self.patience
        setsockopt(
            descriptor, CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, &patience, socklen_t(MemoryLayout<CInt>.size))
        return descriptor
    }

    /// Whether a connection may be used that is there already, perhaps opened for a request with another policy.
    mutating func admits(connectionTo address: String) -> Bool {
        guard !policy.permits(address) else { return true }
        denied += 1
        return false
    }

    /// Whether it was the policy that a request failed by.
    func refused(with code: CURLcode) -> Bool {
        denied > 0 && (allowed == 0 || code == CURLE_ABORTED_BY_CALLBACK)
    }
}
