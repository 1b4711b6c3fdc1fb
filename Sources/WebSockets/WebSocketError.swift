/// What kept a loop, a client or a server from starting.
///
/// What befalls a connection later is an event, not an error: see ``ConnectFailure``.
package enum WebSocketError: Error, Equatable, CustomStringConvertible {
    /// The library refused to make its context, or its loop ended by itself.
    case library(String)
    /// Another process, or another server, has the port.
    case addressInUse(String)
    /// No such address on this machine, a port we may not have, or certificates that cannot be read.
    case cannotListen(String)
    /// Verification may be switched off for loopback addresses only.
    case insecureBeyondLoopback(host: String)
    /// A file that was named cannot be read.
    case unreadable(path: String)

    /// Whether the same call may succeed later.
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
        case .insecureBeyondLoopback(let host): "certificates are always verified beyond loopback (\(host))"
        case .unreadable(let path): "unable to read \(path)"
        }
    }
}
