/// An error that prevents a loop, a client or a server from starting.
///
/// A later failure of a connection is an event, not an error: see ``ConnectFailure``.
package enum WebSocketError: Error, Equatable, CustomStringConvertible {
    /// The library failed to create its context, or its loop failed.
    case library(String)
    /// Another process, or another server, uses the port.
    case addressInUse(String)
    /// The address is not on this machine, the port is not permitted, or the certificate is unusable.
    case cannotListen(String)
    /// Verification may be disabled for loopback addresses only.
    case insecureBeyondLoopback(host: String)
    /// A given file cannot be read.
    case unreadable(path: String)

    /// True if the same call may succeed later.
    package var isTransient: Bool {
        switch self {
        case .library, .addressInUse: true
        case .cannotListen, .insecureBeyondLoopback, .unreadable: false
        }
    }

    package var description: String {
        switch self {
        case .library(let reason): reason
        case .addressInUse(let address): "\(address) is in use"
        case .cannotListen(let address): "unable to listen on \(address)"
        case .insecureBeyondLoopback(let host):
            "certificate verification can be disabled for loopback only, not for \(host)"
        case .unreadable(let path): "unable to read \(path)"
        }
    }
}
