import PMJSON
import PMRecord

/// A transaction's receipt on Polygon, with the logs of the CLOB's exchange contracts.
///
/// Source: POLYMARKET.md, A.6, point 8; the event is `OrderFilled(bytes32 orderHash, address maker, address taker,
/// uint8 side, uint256 tokenId, uint256 makerAmountFilled, uint256 takerAmountFilled, uint256 fee, bytes32 builder,
/// bytes32 metadata)`, of which the first three are indexed. "maker" is whoever signed the order; in the log of the
/// taker's own order "taker" is the contract.
struct Receipt {
    let world: World
    /// All of one transaction.
    let fills: [Fill]

    private static let topic = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee"
    private static let exchange = "0xe111180000d2663c0091e4f400237545b87b996b"
    private static let negativeRiskExchange = "0xe2222d279d744050d28e00520010520000310f59"

    func write(to row: inout JSONWriter) {
        row.feed("transactionHash", fills[0].transaction)
        row.feed("blockNumber", "0x" + String(blockNumber, radix: 16))
        row.feed("blockHash", word(UInt64(fills[0].blockTime)))
        row.feed("status", "0x1")
        row.feed("from", "0x" + String(repeating: "1", count: 40))
        row.feed("to", contract)
        row.key("logs")
        row.array { logs in
            // A transfer of the collateral, which is not to be taken for a fill.
            logs.object {
                $0.feed("address", "0x" + String(repeating: "c", count: 40))
                $0.feed(
                    "topics",
                    texts: [
                        "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", word(1),
                        word(2),
                    ])
                $0.feed("data", word(1_000_000))
                $0.feed("logIndex", "0x0")
                $0.feed("removed", false)
            }
            for (place, fill) in (fills.filter { !$0.isTaker } + fills.filter(\.isTaker)).enumerated() {
                logs.object { write(fill, index: place + 1, to: &$0) }
            }
        }
    }

    private func write(_ fill: Fill, index: Int, to log: inout JSONWriter) {
        let market = world.markets[fill.market]
        let owner = world.population.wallets[fill.wallet].address
        let taker =
            fills.first(where: \.isTaker).map { world.population.wallets[$0.wallet].address } ?? contract
        let shares = UInt64((fill.shares * 1_000_000).rounded())
        let dollars = UInt64((fill.dollars * 1_000_000).rounded())
        log.feed("address", contract)
        log.feed(
            "topics",
            texts: [
                Self.topic, word(UInt64(fill.number + 1)), padded(owner),
                padded(fill.isTaker ? contract : taker),
            ])
        // The maker gives dollars when it buys, shares when it sells.
        let (given, got) = fill.side == .buy ? (dollars, shares) : (shares, dollars)
        let fee = UInt64((fill.fee.flatMap(Double.init) ?? 0) * 1_000_000)
        let words = [
            word(fill.side == .buy ? 0 : 1), hexText(ofDecimal: market.assets[fill.outcome]), word(given),
            word(got),
            word(fee), word(0), word(0),
        ]
        log.feed("data", "0x" + words.map { $0.hasPrefix("0x") ? String($0.dropFirst(2)) : $0 }.joined())
        log.feed("blockNumber", "0x" + String(blockNumber, radix: 16))
        log.feed("transactionHash", fill.transaction)
        log.feed("logIndex", "0x" + String(index, radix: 16))
        log.feed("removed", false)
    }

    private var contract: String {
        world.markets[fills[0].market].event.negativeRiskID == nil ? Self.exchange : Self.negativeRiskExchange
    }

    private var blockNumber: Int64 { fills[0].blockTime / 2 }

    private func padded(_ address: String) -> String {
        "0x" + String(repeating: "0", count: 24) + address.dropFirst(2)
    }

    private func word(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return "0x" + String(repeating: "0", count: 64 - digits.count) + digits
    }
}
