import CLibwebsockets  // for SOCK_STREAM
import Glibc

/// Resolves host names to addresses, on a separate thread because a look-up may block as long as the network
/// does.
package struct Resolver: Sendable {
    /// The reason why a look-up failed.
    package struct Failure: Error, Equatable {
        package let reason: String

        package init(_ reason: String) {
            self.reason = reason
        }
    }

    package typealias Addresses = Result<[String], Failure>

    private let lookUp: @Sendable (String) -> Addresses

    /// - Parameter lookUp: Returns a host's numeric addresses, the preferred one first. It runs on its own
    ///   thread and may block.
    package init(_ lookUp: @escaping @Sendable (_ host: String) -> Addresses) {
        self.lookUp = lookUp
    }

    /// Uses the system's resolver: `/etc/hosts`, DNS, and its other configured sources.
    package static let system = Resolver { addresses(of: $0, flags: 0) }

    /// Returns the address of a numeric host in canonical form; `nil` for a name.
    static func numeric(_ host: String) -> String? {
        try? addresses(of: host, flags: AI_NUMERICHOST).get().first
    }

    /// Looks up a host on a new thread and calls `onAnswer` there.
    func start(_ host: String, _ onAnswer: @escaping @Sendable (Addresses) -> Void) {
        let job = Unmanaged.passRetained(Job { [lookUp] in onAnswer(lookUp(host)) })
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
                .failure(Failure("unable to start a thread: \(String(cString: strerror(status)))")))
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

/// Returns numeric addresses in the order of RFC 6724. The corresponding C function is `getaddrinfo`.
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
