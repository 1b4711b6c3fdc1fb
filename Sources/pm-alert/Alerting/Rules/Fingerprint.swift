/// A hash of 128 bits that stands for a key of several parts, such as a wallet's side of a market.
///
/// As text such a key takes 250 bytes, and the tables hold up to a hundred thousand. Only for tables in memory: the hash
/// differs from process to process. Two different keys have the same hash about once in 10^38.
struct Fingerprint: Hashable, Sendable {
    private let first: Int
    private let second: Int

    /// - Parameter combine: Adds the parts of the key.
    init(_ combine: (inout Hasher) -> Void) {
        var hashers = (Hasher(), Hasher())
        hashers.1.combine(1)
        combine(&hashers.0)
        combine(&hashers.1)
        (first, second) = (hashers.0.finalize(), hashers.1.finalize())
    }
}
