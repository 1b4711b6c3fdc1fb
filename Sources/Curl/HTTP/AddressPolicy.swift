import Glibc

/// The addresses that a request may connect to.
///
/// The policy applies to the address at the time of the connect, not to the name: a name may resolve to
/// another address between a check and its use.
package enum AddressPolicy: Sendable {
    case any
    /// Denies loopback addresses, private and shared networks, multicast and other special-purpose addresses.
    ///
    /// Source: RFC 6890 and the IANA registries of special-purpose addresses.
    case publicOnly

    /// - Parameter address: A numeric address as `inet_ntop(3)` writes it; `publicOnly` denies any other
    ///   text.
    package func permits(_ address: String) -> Bool {
        switch self {
        case .any: true
        case .publicOnly: Address(address).map(isPublic) ?? false
        }
    }

    package func permits(_ address: UnsafePointer<sockaddr>) -> Bool {
        switch self {
        case .any: true
        case .publicOnly: Address(address).map(isPublic) ?? false
        }
    }
}

private func isPublic(_ address: Address) -> Bool {
    if translated.contains(address) { return isPublic(.v4(UInt32(truncatingIfNeeded: address.bits))) }
    return !denied.contains { $0.contains(address) }
}

/// Addresses that a translator maps to the IPv4 address in their last four bytes (RFC 6052).
private let translated = Prefix("64:ff9b::", 96)

private let denied = [
    Prefix("0.0.0.0", 8),  // this host
    Prefix("10.0.0.0", 8),  // private
    Prefix("100.64.0.0", 10),  // shared by a carrier's customers
    Prefix("127.0.0.0", 8),  // loopback
    Prefix("169.254.0.0", 16),  // link-local, and the clouds' metadata services
    Prefix("172.16.0.0", 12),  // private
    Prefix("192.0.0.0", 24),  // protocol assignments
    Prefix("192.0.2.0", 24),  // documentation
    Prefix("192.168.0.0", 16),  // private
    Prefix("198.18.0.0", 15),  // benchmarks
    Prefix("198.51.100.0", 24),  // documentation
    Prefix("203.0.113.0", 24),  // documentation
    Prefix("224.0.0.0", 4),  // multicast
    Prefix("240.0.0.0", 4),  // reserved, and broadcast
    Prefix("::", 96),  // unspecified, loopback, IPv4-compatible
    Prefix("::ffff:0:0", 96),  // IPv4-mapped
    Prefix("64:ff9b:1::", 48),  // translation within a network
    Prefix("100::", 64),  // discard
    Prefix("2001::", 23),  // protocol assignments, Teredo
    Prefix("2001:db8::", 32),  // documentation
    Prefix("2002::", 16),  // 6to4
    Prefix("fc00::", 7),  // unique local
    Prefix("fe80::", 10),  // link-local
    Prefix("fec0::", 10),  // site-local, deprecated
    Prefix("ff00::", 8),  // multicast
]

private struct Prefix {
    let address: Address
    let length: Int

    init(_ address: String, _ length: Int) {
        self.address = Address(address)!
        self.length = length
    }

    func contains(_ other: Address) -> Bool {
        other.width == address.width
            && other.bits >> (address.width - length) == address.bits >> (address.width - length)
    }
}

private struct Address {
    let bits: UInt128
    let width: Int

    static func v4(_ bits: UInt32) -> Address { Address(bits: UInt128(bits), width: 32) }
    static func v6(_ bits: UInt128) -> Address { Address(bits: bits, width: 128) }

    private init(bits: UInt128, width: Int) {
        self.bits = bits
        self.width = width
    }

    init?(_ text: String) {
        var (v4, v6) = (UInt32(), UInt128())
        if inet_pton(AF_INET, text, &v4) == 1 {
            self = .v4(UInt32(bigEndian: v4))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self = .v6(UInt128(bigEndian: v6))
        } else {
            return nil
        }
    }

    init?(_ address: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(address)
        switch CInt(address.pointee.sa_family) {
        case AF_INET:
            let address = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            self = .v4(UInt32(bigEndian: address.s_addr))
        case AF_INET6:
            let address = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            self = .v6(UInt128(bigEndian: unsafeBitCast(address, to: UInt128.self)))
        default:
            return nil
        }
    }
}
