/// What makes a trade this one and no other; `id` is made from it.
///
/// The feeds give no trade id, and a transaction is not a trade. Two copies of a tuple from a feed are taken for
/// one trade; the occurrence tells real twins apart where REST has shown that there are two.
package struct TradeIdentity: Sendable, Equatable {
    package var transactionHash: String?
    package var conditionID: String?
    package var assetID: String?
    package var wallet: String?
    package var side: String?
    package var size: Decimal
    package var price: Decimal
    /// Stands in for a transaction that is not known.
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

    /// `pm1|tx_hash|condition_id|asset_id|wallet|side|size_µ|price_µ|n`.
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

    /// The trade's `id`: the first 16 bytes of a SHA-256 over ``text(occurrence:)``, as 32 hex digits.
    ///
    /// - Parameter sha256: The hash comes as an argument, so that the contract links no C library.
    package func id(occurrence: Int = 0, sha256: ([UInt8]) -> [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let digest = sha256(Array(text(occurrence: occurrence).utf8)).prefix(16)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
