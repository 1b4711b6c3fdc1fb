import Glibc
import TestSupport

/// A port on loopback that accepts connections and never answers.
final class SilentServer: Sendable {
    let port: UInt16
    private let listener: CInt

    init() throws {
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, size) = (listener, length)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) | listen(listener, 1) | getsockname(listener, $0, &length)
            }
        }
        guard code == 0 else { throw TestFailure.unable(to: "listen on loopback") }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit {
        close(listener)
    }
}
