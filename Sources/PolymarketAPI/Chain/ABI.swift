/// Words of the contract ABI: 32 bytes each, as hex digits.
enum ABI {
    /// The address in a topic: its last twenty bytes, in lower case.
    static func address(_ topic: String) -> String? {
        topic.utf8.count == 66 ? "0x" + topic.suffix(40).lowercased() : nil
    }

    /// A topic that holds an address.
    static func topic(_ address: String) -> String {
        "0x" + String(repeating: "0", count: 24) + address.dropFirst(2).lowercased()
    }

    /// Splits the data of a log; `nil` when it is not whole words.
    static func words(_ data: String?) -> [Substring]? {
        guard let data, data.hasPrefix("0x"), (data.utf8.count - 2).isMultiple(of: 64),
            data.dropFirst(2).allSatisfy(\.isHexDigit)
        else { return nil }
        var (rest, words) = (data.dropFirst(2), [Substring]())
        while !rest.isEmpty {
            words.append(rest.prefix(64))
            rest = rest.dropFirst(64)
        }
        return words
    }

    /// A word as a number; `nil` beyond `Int64`.
    static func number(_ word: Substring) -> Int64? {
        word.prefix(48).allSatisfy { $0 == "0" } ? Int64(word.suffix(16), radix: 16) : nil
    }

    /// A quantity of JSON-RPC, such as `0x5a00000`.
    static func quantity(_ text: String?) -> Int? {
        guard let text, text.hasPrefix("0x") else { return nil }
        return Int(text.dropFirst(2), radix: 16)
    }

    /// A word in decimal digits: long division by 10⁹, 32 bits at a time.
    static func decimal(_ word: Substring) -> String {
        var limbs: [UInt64] = []
        var rest = word
        while !rest.isEmpty {
            limbs.append(UInt64(rest.prefix(8), radix: 16) ?? 0)
            rest = rest.dropFirst(8)
        }
        var groups: [UInt64] = []
        while limbs.contains(where: { $0 != 0 }) {
            var remainder: UInt64 = 0
            for index in limbs.indices {
                let value = remainder << 32 | limbs[index]
                (limbs[index], remainder) = (value / 1_000_000_000, value % 1_000_000_000)
            }
            groups.append(remainder)
        }
        guard let first = groups.last else { return "0" }
        return groups.dropLast().reversed().reduce(String(first)) { text, group in
            let digits = String(group)
            return text + String(repeating: "0", count: 9 - digits.count) + digits
        }
    }
}
