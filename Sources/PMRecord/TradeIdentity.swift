import PMJSON

/// The tuple that identifies a trade, as the text that its `id` is a hash of.
///
/// The feeds send no trade id, and one transaction can contain several trades. Two copies of a tuple from a feed count
/// as one trade. The occurrence number distinguishes separate trades with equal tuples. Only the REST API shows that
/// there are several: it lists each of them, while a second copy from a feed can be a repetition.
package struct TradeIdentity: Sendable, Hashable {
    /// `pm1|tx_hash|condition_id|asset_id|wallet|side|size_µ|price_µ|`, as `man/pm-record.5` defines it under "Identity".
    private var stem: [UInt8] = []
    /// True if price and size are within the exact range.
    package private(set) var isExact = false

    /// Creates an identity to be filled by ``read(_:)``.
    package init() {
        stem.reserveCapacity(320)
    }

    /// - Parameter time: Replaces the transaction hash where that is unknown.
    package init(
        transactionHash: String?, conditionID: String?, assetID: String?, wallet: String?, side: String?,
        size: Decimal, price: Decimal, time: Timestamp
    ) {
        self.init()
        stem.append(contentsOf: "pm1|".utf8)
        append(transactionHash?.lowercased() ?? String(time.milliseconds))
        append(conditionID?.lowercased())
        append(assetID)
        append(wallet?.lowercased())
        append(side)
        append(size, price)
    }

    /// Replaces the identity by that of a trade, in the same memory: the tuple of a trade is needed once, and only to be
    /// hashed.
    ///
    /// - Returns: `false` when price or size is no number.
    package mutating func read(_ trade: Trade) -> Bool {
        guard let price = trade.decimal(.price), let size = trade.decimal(.size) else { return false }
        stem.removeAll(keepingCapacity: true)
        stem.append(contentsOf: "pm1|".utf8)
        if trade.text.has(.transactionHash) {
            append(.transactionHash, of: trade)
        } else {
            append(String(trade.time.milliseconds))
        }
        append(.conditionID, of: trade)
        append(.assetID, of: trade)
        append(.wallet, of: trade)
        append(.side, of: trade)
        append(size, price)
        return true
    }

    /// - Parameter occurrence: n; 0 for the first copy of a tuple.
    package func text(occurrence: Int = 0) -> String {
        String(decoding: stem, as: UTF8.self) + String(occurrence)
    }

    /// Returns the trade's `id`: the first 16 bytes of the SHA-256 of ``text(occurrence:)``, in big-endian order.
    ///
    /// - Parameters:
    ///   - occurrence: n; 0 for the first copy of a tuple.
    ///   - sha256: The hash function. It is an argument so that this target links no C library, and so that a caller
    ///     can reuse one hasher.
    package mutating func id(
        occurrence: Int = 0, sha256: (Span<UInt8>) -> InlineArray<32, UInt8>
    ) -> UInt128 {
        let length = stem.count
        stem.append(digitsOf: UInt64(occurrence))
        let digest = sha256(stem.span)
        stem.removeSubrange(length...)
        var id: UInt128 = 0
        for index in 0..<16 { id = id << 8 | UInt128(digest[index]) }
        return id
    }

    private mutating func append(_ text: String?) {
        if let text { stem.append(contentsOf: text.utf8) }
        stem.append(UInt8(ascii: "|"))
    }

    /// Appends a member of a trade. Hashes and addresses are in lower case in every trade.
    private mutating func append(_ member: TradeText.Member, of trade: Trade) {
        trade.text.append(member, to: &stem)
        stem.append(UInt8(ascii: "|"))
    }

    private mutating func append(_ size: Decimal, _ price: Decimal) {
        let (size, price) = (size.micros, price.micros)
        isExact = size != nil && price != nil
        for micros in [size, price] {
            if let micros { stem.append(digitsOf: micros) }
            stem.append(UInt8(ascii: "|"))
        }
    }
}

extension Trade {
    /// The identity; `nil` when price or size is no number.
    package var identity: TradeIdentity? {
        var identity = TradeIdentity()
        return identity.read(self) ? identity : nil
    }
}

/// The text of a trade's `id`, which is a number of 128 bits: 32 hex digits in records.
extension UInt128 {
    /// - Parameter text: Up to 32 hex digits, in either case.
    /// - Returns: `nil` for any other text.
    package init?(tradeID text: String) {
        self.init(text, radix: 16)
    }

    /// 32 lower-case hex digits.
    package var tradeID: String {
        var digits: [UInt8] = []
        digits.append(tradeID: self)
        return String(decoding: digits, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends the 32 lower-case hex digits of a trade's `id`.
    mutating func append(tradeID id: UInt128) {
        for half in [UInt64(truncatingIfNeeded: id >> 64), UInt64(truncatingIfNeeded: id)] {
            for shift in stride(from: 60, through: 0, by: -4) {
                let nibble = UInt8(truncatingIfNeeded: half >> UInt64(shift)) & 0xF
                append(nibble < 10 ? UInt8(ascii: "0") &+ nibble : UInt8(ascii: "a") &- 10 &+ nibble)
            }
        }
    }
}
