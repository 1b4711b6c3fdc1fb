import CCrypto

/// Returns the HMAC-SHA-256 of a message (RFC 2104).
///
/// The corresponding C function is `HMAC`.
///
/// - Parameter key: Any length; the standard recommends 32 bytes.
package func hmacSHA256(key: some Collection<UInt8>, message: some Collection<UInt8>) -> Digest {
    withRawBytes(of: key) { key in
        withRawBytes(of: message) { message in
            Digest { digest in
                // An empty key must not reach `HMAC` as a null pointer, which means "the previous key".
                withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { nothing in
                    HMAC(
                        EVP_sha256(), key.baseAddress ?? UnsafeRawPointer(nothing.baseAddress!),
                        CInt(key.count),
                        message.baseAddress, message.count, digest, nil) != nil
                }
            }
        }
    }
}
