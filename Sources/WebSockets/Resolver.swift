import CLibwebsockets  // for SOCK_STREAM
import Glibc

/// How host names become addresses: on a thread beside the loop, for a resolver may take as long as the network does.
package struct Resolver: Sendable {
    /// Why a name has no address.
    package struct Failure: Error, Equatable {
        package let reason: String

        package init(_ reason: String) {
            self.reason = reason
        }
    }

    package typealias Addresses = Result<[String], Failure>

    private let look: @Sendable (String) -> Addresses

    /// - Parameter look: Finds a host's numeric addresses, the best first. Called on a thread of its own, and may wait.
    package init(_ look: @escaping @Sendable (_ host: String) -> Addresses) {
        self.look = look
    }

    /// Asks the system: `/etc/hosts`, DNS, and whatever else it is set up for.
    package static let system = Resolver { addresses(of: $0, flags: 0) }

    /// The address that a numeric host is; `nil` for a name.
    static func numeric(_ host: String) -> String? {
        try? addresses(of: host, flags: AI_NUMERICHOST).get().first
    }

    /// Looks a host up and hands over what there is, on a thread that ends with that.
    func start(_ host: String, _ onAnswer: @escaping @Sendable (Addresses) -> Void) {
        let job = Unmanaged.passRetained(Job { [look] in onAnswer(look(host)) })
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Job>.fromOpaque(argument!).takeRetainedValue().work()
                return nil
            }, job.toOpaque())
        guard status == 0 else {
            job.release()
            return onAnswer(
                .failure(Failure("no thread to look it up: \(String(cString: strerror(status)))")))
        }
        pthread_detach(thread)
    }

    private final class Job: Sendable {
        let work: @Sendable () -> Void

        init(work: @escaping @Sendable () -> Void) {
            self.work = work
        }
    }
}

/// Numeric, in the order in which RFC 6724 would have them tried. The corresponding C function is `getaddrinfo`.
private func addresses(of host: String, flags: CInt) -> Resolver.Addresses {
    var hints = addrinfo()
    hints.ai_flags = flags
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &list)
    guard status == 0 else { return .failure(Resolver.Failure(String(cString: gai_strerror(status)))) }
    defer { freeaddrinfo(list) }
    var addresses: [String] = []
    var entry = list
    while let found = entry?.pointee {
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer in
            let status = getnameinfo(
                found.ai_addr, found.ai_addrlen, buffer.baseAddress, socklen_t(buffer.count), nil, 0,
                NI_NUMERICHOST)
            return status == 0 ? String(cString: buffer.baseAddress!) : nil
        }
        if let text, !addresses.contains(text) { addresses.append(text) }
        entry = found.ai_next
    }
    return .success(addresses)
}
