import PMJSON
import PMRecord

/// Polygon, the chain on which trades settle: any JSON-RPC endpoint.
package enum Polygon {
    /// One filled order, as the exchange's contract logged it.
    package struct Fill: Sendable, Equatable {
        /// Whoever signed the order.
        package let maker: String
        package let side: Side
        /// The asset, in decimal as everywhere else.
        package let asset: String
        /// Shares.
        package let size: Micros
        /// Whether the order is the one that took from the book; its counterpart is the contract itself.
        package let isTaker: Bool

        package init(maker: String, side: Side, asset: String, size: Micros, isTaker: Bool) {
            self.maker = maker
            self.side = side
            self.asset = asset
            self.size = size
            self.isTaker = isTaker
        }
    }

    /// Asks for the receipt of one transaction.
    package static func receipt(of transactionHash: String) -> APIRequest {
        var writer = JSONWriter()
        writer.object { call in
            call.key("jsonrpc")
            call.string("2.0")
            call.key("id")
            call.integer(1)
            call.key("method")
            call.string("eth_getTransactionReceipt")
            call.key("params")
            call.array { $0.string(transactionHash) }
        }
        return APIRequest(.polygonReceipt, "/", body: writer.bytes)
    }

    /// The orders that a transaction filled; `nil` for one that is not in the chain (yet).
    package static func fills(in answer: [UInt8]) throws(APIError) -> [Fill]? {
        let json = try tree(answer)
        // The code alone: what a node says may be long, and may repeat the key it was asked with.
        if case .object? = json["error"] {
            let code = json["error"]?["code"]?.integer
            throw APIError("the node answers with an error\(code.map { ", \($0)" } ?? "")")
        }
        guard case .object? = json["result"] else { return nil }
        return (json["result"]?["logs"]?.array ?? []).compactMap(Fill.init)
    }
}

extension Polygon.Fill {
    /// `OrderFilled(bytes32 indexed orderHash, address indexed maker, address indexed taker, uint8 side, uint256
    /// tokenId, uint256 makerAmountFilled, uint256 takerAmountFilled, uint256 fee, bytes32 builder, bytes32 metadata)`;
    /// the first topic is the signature's Keccak-256.
    private static let signature = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee"
    /// The CLOB's exchanges, version 2. Source: POLYMARKET.md, A.6, point 8.
    private static let exchanges: Set = [
        "0xe111180000d2663c0091e4f400237545b87b996b", "0xe2222d279d744050d28e00520010520000310f59",
    ]

    init?(_ log: JSON) {
        guard let contract = log["address"]?.string?.lowercased(), Self.exchanges.contains(contract),
            let topics = log["topics"]?.array?.compactMap({ $0.string?.lowercased() }), topics.count == 4,
            topics[0] == Self.signature, let maker = address(topics[2]), let taker = address(topics[3]),
            let words = words(log["data"]?.string), words.count >= 4, let side = number(words[0]), side < 2,
            let given = number(words[2]), let got = number(words[3])
        else { return nil }
        self.maker = maker
        self.side = side == 0 ? .buy : .sell
        asset = decimal(words[1])
        // A buyer gives dollars and gets shares.
        size = Micros(count: side == 0 ? got : given)
        isTaker = taker == contract
    }
}

/// The last twenty bytes of a topic.
private func address(_ topic: String) -> String? {
    topic.utf8.count == 66 ? "0x" + topic.suffix(40) : nil
}

/// The 32-byte words of a log's data, in hex digits.
private func words(_ data: String?) -> [Substring]? {
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
private func number(_ word: Substring) -> Int64? {
    word.prefix(48).allSatisfy { $0 == "0" } ? Int64(word.suffix(16), radix: 16) : nil
}

/// A word in decimal digits: long division by 10⁹, 32 bits at a time.
private func decimal(_ word: Substring) -> String {
    var limbs: [UInt64] = []
    var rest = word
    while !rest.isEmpty {
        limbs.append(UInt64(rest.prefix(8), radix: 16) ?? 0)
        rest = rest.dropFirst(8)
    }
    var groups: [UInt64] = []
    while limbs.contains(where: { $0 != 0 }) {
        var remainder: UInt64 = 0
        for place in limbs.indices {
            let value = remainder << 32 | limbs[place]
            (limbs[place], remainder) = (value / 1_000_000_000, value % 1_000_000_000)
        }
        groups.append(remainder)
    }
    guard let first = groups.last else { return "0" }
    return groups.dropLast().reversed().reduce(String(first)) { text, group in
        let digits = String(group)
        return text + String(repeating: "0", count: 9 - digits.count) + digits
    }
}
