/// The tuple that identifies a trade. The trade's `id` is a hash of it.
///
/// The feeds send no trade id, and one transaction can contain several trades. Two copies of a tuple from a feed count
/// as one trade. The occurrence number distinguishes separate trades with equal tuples. Only the REST API shows that
/// there are several: it lists each of them, while a second copy from a feed can be a repetition.
package struct TradeIdentity: Sendable, Equatable {
    package var transactionHash: String?
    package var conditionID: String?
    package var assetID: String?
    package var wallet: String?
    package var side: String?
    package var size: Decimal
    package var price: Decimal
    /// Replaces the transaction hash where that is unknown.
    package var time: Timestamp

    package init(
        transactionHash: String?, conditionID: String?, assetID: String?, wallet: String?, side: String?,
        size: Decimal, price: Decimal, time: Timestamp
    ) {
        self.transactionHash = transactionHash
        self.conditionID = conditionID
        self.assetID = assetID
        self.wallet = wallet
        self.side = side
        self.size = size
        self.price = price
        self.time = time
    }

    /// `pm1|tx_hash|condition_id|asset_id|wallet|side|size_µ|price_µ|n`, as `man/pm-record.5` defines it under
    /// "Identity".
    ///
    /// - Parameter occurrence: n; 0 for the first copy of a tuple.
    package func text(occurrence: Int = 0) -> String {
        [
            "pm1", transactionHash?.lowercased() ?? String(time.milliseconds),
            conditionID?.lowercased() ?? "",
            assetID ?? "", wallet?.lowercased() ?? "", side ?? "", size.micros.map { String($0) } ?? "",
            price.micros.map { String($0) } ?? "", String(occurrence),
        ].joined(separator: "|")
    }

    /// Returns the trade's `id`: the first 16 bytes of the SHA-256 of ``text(occurrence:)``, in big-endian order.
    ///
    /// - Parameters:
    ///   - occurrence: n; 0 for the first copy of a tuple.
    ///   - sha256: The hash function. It is an argument so that this target links no C library, and so that a caller
    ///     can reuse one hasher.
    package func id(occurrence: Int = 0, sha256: (String.UTF8View) -> InlineArray<32, UInt8>) -> UInt128 {
        let digest = sha256(text(occurrence: occurrence).utf8)
        var id: UInt128 = 0
        for index in 0..<16 { id = id << 8 | UInt128(digest[index]) }
        return id
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
        String(unsafeUninitializedCapacity: 32) { digits in
            for index in 0..<32 {
                let nibble = UInt8(truncatingIfNeeded: self >> (124 - 4 * index)) & 0xF
                digits.initializeElement(
                    at: index,
                    to: nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
            }
            return 32
        }
    }
}
