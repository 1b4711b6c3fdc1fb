import CCrypto

/// Hashes one message after another with SHA-256 (FIPS 180-4), without an allocation in between.
///
/// The algorithm is fetched once, in `init()`. Fetching it for every message, as `SHA256()` and `EVP_Digest`
/// with `EVP_sha256()` do in OpenSSL 3, costs as much as hashing a short message.
///
/// The corresponding C functions are `EVP_MD_fetch`, `EVP_DigestInit_ex2`, `EVP_DigestUpdate` and `EVP_DigestFinal_ex`.
package struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer
    private let algorithm: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new(), let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
            fatalError("libcrypto has no SHA-256, or no memory")
        }
        self.context = context
        self.algorithm = algorithm
    }

    deinit {
        EVP_MD_free(algorithm)
        EVP_MD_CTX_free(context)
    }

    package mutating func hash(_ message: Span<UInt8>) -> Digest {
        message.withUnsafeBytes { hash(raw: $0) }
    }

    package mutating func hash(_ message: some Collection<UInt8>) -> Digest {
        withRawBytes(of: message) { hash(raw: $0) }
    }

    private func hash(raw message: UnsafeRawBufferPointer) -> Digest {
        Digest { digest in
            EVP_DigestInit_ex2(context, algorithm, nil) == 1
                && EVP_DigestUpdate(context, message.baseAddress, message.count) == 1
                && EVP_DigestFinal_ex(context, digest, nil) == 1
        }
    }
}

/// Returns the SHA-256 of one message. For many messages, keep a ``SHA256Hasher``.
package func sha256(_ message: Span<UInt8>) -> Digest {
    var hasher = SHA256Hasher()
    return hasher.hash(message)
}

/// Returns the SHA-256 of one message. For many messages, keep a ``SHA256Hasher``.
package func sha256(_ message: some Collection<UInt8>) -> Digest {
    var hasher = SHA256Hasher()
    return hasher.hash(message)
}
