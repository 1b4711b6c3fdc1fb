/// A trade's id is the 128 bits that the digest of its identity begins with; in records, 32 hex digits.
extension UInt128 {
    init?(tradeID text: String) {
        self.init(text, radix: 16)
    }

    var tradeID: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
