import PMJSON
import PMRecord

/// A transaction's receipt on Polygon, with the logs of one of the three exchanges.
///
/// `OrderFilled(bytes32 orderHash, address maker, address taker, uint8 side, uint256 tokenId, uint256 makerAmount,
/// uint256 takerAmount, uint256 fee, bytes32 builder, bytes32 metadata)`, of which the first three are indexed.
/// "maker" is the wallet that signed the order. The logs of the makers come first; in the log of the taker's own
/// order, which is last, "taker" is the exchange. Source: docs/POLYMARKET.md, "Chain".
struct Receipt {
    let world: World
    /// All of one transaction.
    let fills: [Fill]

    private static let orderFilled = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee"
    private static let ordersMatched = "0x174b3811690657c217184f89418266767c87e4805d09680c39fc9c031c0cab7c"
    private static let feeCharged = "0x55bb3cade9d43b798a4fe5ffdd05024b2d7870df53920673bfc7e68047cd0ab1"
    private static let transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

    func write(to row: inout JSONWriter) {
        row.field("transactionHash", fills[0].transaction)
        row.field("blockNumber", hex(block.number))
        row.field("blockHash", word(block.number))
        row.field("transactionIndex", "0x1")
        row.field("status", "0x1")
        row.field("from", "0x" + String(repeating: "3", count: 40))
        row.field("to", contract)
        row.key("logs")
        row.raw(json(array: logs) { $1.write(to: &$0) })
    }

    var logs: [TransactionLog] {
        let taker = fills.last(where: \.isTaker)
        var contents: [(address: String, topics: [String], words: [String])] = [
            // A transfer of the collateral, which must not be taken for a fill.
            (Contract.collateral, [Self.transfer, word(1), word(2)], [word(1_000_000)])
        ]
        for fill in fills.filter({ !$0.isTaker }) + fills.filter(\.isTaker) {
            contents.append((contract, orderTopics(fill, taker), orderWords(fill)))
        }
        for fill in fills.filter(\.isTaker) {
            let topics = [Self.ordersMatched, orderHash(fill), padded(address(of: fill))]
            contents.append((contract, topics, Array(orderWords(fill).prefix(4))))
            if let fee = micros(fill.feeDollars), fee > 0 {
                contents.append((contract, [Self.feeCharged, padded(address(of: fill))], [word(fee)]))
            }
        }
        return contents.enumerated().map { index, content in
            TransactionLog(
                address: content.address, topics: content.topics,
                data: "0x" + content.words.map { $0.dropFirst($0.hasPrefix("0x") ? 2 : 0) }.joined(),
                block: block.number, transaction: fills[0].transaction, index: index)
        }
    }

    private var block: Block { fills[0].block }
    private var contract: String { Contract.exchange(of: world.markets[fills[0].market]) }

    private func orderTopics(_ fill: Fill, _ taker: Fill?) -> [String] {
        let counterpart = fill.isTaker ? contract : taker.map { address(of: $0) } ?? contract
        return [Self.orderFilled, orderHash(fill), padded(address(of: fill)), padded(counterpart)]
    }

    private func orderWords(_ fill: Fill) -> [String] {
        let (shares, dollars) = (micros(fill.shares) ?? 0, micros(fill.dollars) ?? 0)
        // The maker gives dollars when it buys, shares when it sells.
        let (given, got) = fill.side == .buy ? (dollars, shares) : (shares, dollars)
        return [
            word(fill.side == .buy ? 0 : 1),
            hexText(ofDecimal: world.markets[fill.market].assets[fill.outcome]), word(given), word(got),
            word(micros(fill.feeDollars) ?? 0), word(0), word(0),
        ]
    }

    private func orderHash(_ fill: Fill) -> String { word(fill.number + 1) }
    private func address(of fill: Fill) -> String { world.population.wallets[fill.wallet].address }
    private func micros(_ amount: Double) -> Int? { Int(exactly: (amount * 1_000_000).rounded()) }

    private func padded(_ address: String) -> String {
        "0x" + String(repeating: "0", count: 24) + address.dropFirst(2)
    }
}

/// One log of a transaction.
struct TransactionLog {
    let address: String
    let topics: [String]
    let data: String
    let block: Int
    let transaction: String
    let index: Int

    func write(to row: inout JSONWriter) {
        row.field("address", address)
        row.field("topics", texts: topics)
        row.field("data", data)
        row.field("blockNumber", hex(block))
        row.field("transactionHash", transaction)
        row.field("transactionIndex", "0x1")
        row.field("blockHash", word(block))
        row.field("logIndex", hex(index))
        row.field("removed", false)
    }
}
