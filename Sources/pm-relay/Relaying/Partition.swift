import PMRecord

/// One of the sixteen parts into which a stream's lines are divided, so that several workers can share it.
///
/// All lines of one wallet are in one part: a worker's caches then answer most look-ups.
package struct Partition: Sendable, Hashable {
    package static let count = 16
    package let index: Int

    /// - Returns: `nil` unless `index` is from 0 to 15.
    package init?(_ index: Int) {
        guard (0..<Self.count).contains(index) else { return nil }
        self.index = index
    }

    /// The part of a line: by its wallet; else by its market, as for the market channel; else by its id.
    package init(of record: Record) {
        let key = record.text(Key.wallet) ?? record.text(Key.conditionID) ?? record.text(Key.id) ?? ""
        // FNV-1a: the same on every machine and in every version, unlike Swift's hash.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        index = Int((hash ^ hash >> 32) % UInt64(Self.count))
    }
}
