import CCrypto

/// Returns random bytes for secrets.
///
/// The corresponding C function is `RAND_bytes`.
package func randomBytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    // A guessable token is worse than a crash.
    precondition(RAND_bytes(&bytes, CInt(count)) == 1, "no source of randomness")
    return bytes
}

/// Compares two secrets, in a time that depends only on their lengths.
///
/// The corresponding C function is `CRYPTO_memcmp`.
package func areEqualInConstantTime(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
    guard one.count == other.count else { return false }
    return withRawBytes(of: one) { one in
        withRawBytes(of: other) { other in
            one.isEmpty || CRYPTO_memcmp(one.baseAddress, other.baseAddress, one.count) == 0
        }
    }
}
