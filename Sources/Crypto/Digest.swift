/// A SHA-256 digest: 32 bytes.
package struct Digest: Sendable {
    package private(set) var bytes: InlineArray<32, UInt8>

    /// - Parameter fill: Writes all 32 bytes and returns true on success. libcrypto fails only when memory is
    ///   exhausted.
    init(filledBy fill: (UnsafeMutablePointer<UInt8>) -> Bool) {
        bytes = InlineArray(repeating: 0)
        var span = bytes.mutableSpan
        let filled = span.withUnsafeMutableBufferPointer { fill($0.baseAddress!) }
        precondition(filled, "libcrypto is out of memory")
    }

    /// 64 digits, lower case.
    package var hexadecimal: String { Crypto.hexadecimal(bytes.span) }
}

/// `==` does not take constant time. Compare secrets with ``areEqualInConstantTime(_:_:)``.
extension Digest: Hashable {
    package static func == (one: Digest, other: Digest) -> Bool {
        one.bytes.indices.allSatisfy { one.bytes[$0] == other.bytes[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in bytes.indices { hasher.combine(bytes[index]) }
    }
}
