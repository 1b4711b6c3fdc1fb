import PMJSON
import TestSupport
import Testing

struct ChainTests {
    private func call(_ exchange: SimulatedExchange, _ method: String, _ parameters: String) throws -> JSON {
        try JSON(
            exchange.post(
                "/polygon", #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":[\#(parameters)]}"#
            ).body)
    }

    private func receipt(_ exchange: SimulatedExchange, of row: JSON) throws -> JSON {
        try #require(
            call(exchange, "eth_getTransactionReceipt", "\"\(row["transactionHash"]!.string!)\"")["result"])
    }

    @Test(
        arguments: [
            ("v1_ctf", "0xe111180000d2663c0091e4f400237545b87b996b"),
            ("binary", "0xe3333700ca9d93003f00f0f71f8515005f6c00aa"),
            ("combo", "0xe3333700ca9d93003f00f0f71f8515005f6c00aa"),
        ])
    func eachModuleHasItsExchange(module: String, contract: String) throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"v2_share":0.5}"#)
        let rows = try exchange.trade(#"{"module":"\#(module)","size":400,"price":0.25,"makers":true}"#)
        var logs: [JSON] = []
        #expect(
            try eventually {
                logs = try receipt(exchange, of: rows[0])["logs"]?.array ?? []
                return !logs.isEmpty
            })
        let filled = logs.filter { $0["topics"]!.array![0].string!.hasPrefix("0xd543adfd") }
        #expect(filled.count == rows.count && filled.allSatisfy { $0["address"]?.string == contract })
        let taker = try #require(filled.last?["topics"]?.array)
        #expect(taker[2].string!.hasSuffix(rows[0]["proxyWallet"]!.string!.dropFirst(2)))
        #expect(taker[3].string!.hasSuffix(contract.dropFirst(2)))
        #expect(logs.contains { $0["topics"]!.array![0].string!.hasPrefix("0x174b3811") })
    }

    @Test func aReceiptIsNullUntilTheBlockIsMade() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"block_ms":86400000}"#)
        let row = try exchange.trade(#"{"size":10}"#)[0]
        #expect(try receipt(exchange, of: row) == .null)
        #expect(try exchange.json("/data/trades?takerOnly=false").array?.isEmpty == true)
    }

    @Test func logsAreFilteredByBlockAddressAndTopic() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"log_range":1000}"#)
        let row = try exchange.trade(#"{"size":10,"character":"smart"}"#)[0]
        #expect(try eventually { try receipt(exchange, of: row) != .null })
        let number = try receipt(exchange, of: row)["blockNumber"]!.string!
        let wallet = "0x" + String(repeating: "0", count: 24) + row["proxyWallet"]!.string!.dropFirst(2)
        let signature = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee"
        let logs = { (range: String, wallet: String) in
            try call(
                exchange, "eth_getLogs", #"{\#(range),"topics":["\#(signature)",null,"\#(wallet)"]}"#)
        }
        let block = #""fromBlock":"\#(number)","toBlock":"\#(number)""#
        #expect(try logs(block, wallet)["result"]?.array?.count == 1)
        #expect(try logs(block, signature)["result"]?.array?.isEmpty == true)
        for range in [#""fromBlock":"0x0","toBlock":"latest""#, #""fromBlock":"latest","toBlock":"0x0""#] {
            #expect(try logs(range, wallet)["error"]?["code"]?.integer == -32_000)
        }
    }
}
