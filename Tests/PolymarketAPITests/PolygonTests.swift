import PMRecord
import PolymarketAPI
import Testing

/// Receipts built from the published ABI.
struct PolygonTests {
    static let exchange = "0xE111180000d2663C0091e4f400237545B87B996B"
    static let topic = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee"

    static func log(
        maker: String, taker: String, side: Int, asset: String, given: Int, got: Int,
        address: String = exchange,
        topic: String = topic
    ) -> String {
        func word(_ number: Int) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 64 - digits.count) + digits
        }
        func padded(_ address: String) -> String {
            "0x" + String(repeating: "0", count: 24) + address.dropFirst(2)
        }
        let data = word(side) + asset + word(given) + word(got) + word(0) + word(0) + word(0)
        return #"""
            {"address":"\#(address)","topics":["\#(topic)","0x\#(word(1))","\#(padded(maker))","\#(padded(taker))"],\#
            "data":"0x\#(data)"}
            """#
    }

    static func receipt(_ logs: String...) -> [UInt8] {
        bytes(#"{"jsonrpc":"2.0","id":1,"result":{"status":"0x1","logs":[\#(logs.joined(separator: ","))]}}"#)
    }

    @Test func fillsAreReadFromTheExchangesLogs() throws {
        let (ann, ben) = ("0x" + String(repeating: "a", count: 40), "0x" + String(repeating: "B", count: 40))
        let word = String(repeating: "0", count: 62) + "ff"
        let fills = try #require(
            try Polygon.fills(
                in: Self.receipt(
                    Self.log(maker: ann, taker: ben, side: 1, asset: word, given: 7_000_000, got: 3_500_000),
                    Self.log(
                        maker: ben, taker: Self.exchange, side: 0, asset: word, given: 3_500_000,
                        got: 7_000_000),
                    Self.log(
                        maker: ann, taker: ben, side: 0, asset: word, given: 1, got: 1,
                        address: "0x" + String(repeating: "9", count: 40)),
                    Self.log(maker: ann, taker: ben, side: 0, asset: word, given: 1, got: 1, topic: "0x12"),
                    #"{"address":"0x1","topics":[],"data":"0x"}"#)))
        #expect(
            fills == [
                Polygon.Fill(maker: ann, side: .sell, asset: "255", size: 7, isTaker: false),
                Polygon.Fill(maker: ben.lowercased(), side: .buy, asset: "255", size: 7, isTaker: true),
            ])
    }

    @Test(arguments: [
        (String(repeating: "0", count: 64), "0"), (String(repeating: "0", count: 63) + "9", "9"),
        (String(repeating: "0", count: 56) + "3b9aca00", "1000000000"),
        (
            String(repeating: "f", count: 64),
            "115792089237316195423570985008687907853269984665640564039457584007913129639935"
        ),
    ])
    func assetsAreToldInDecimal(word: String, decimal: String) throws {
        let wallet = "0x" + String(repeating: "1", count: 40)
        let fills = try Polygon.fills(
            in: Self.receipt(Self.log(maker: wallet, taker: wallet, side: 0, asset: word, given: 1, got: 1)))
        #expect(fills?.map(\.asset) == [decimal])
    }

    @Test func aTransactionThatIsNotThereYetHasNoFills() throws {
        #expect(try Polygon.fills(in: bytes(#"{"jsonrpc":"2.0","id":1,"result":null}"#)) == nil)
    }

    @Test func theNodesErrorIsOurs() {
        #expect(throws: APIError("the node answers with an error, -32005")) {
            try Polygon.fills(in: bytes(#"{"id":1,"error":{"code":-32005,"message":"key s3cret exceeded"}}"#))
        }
    }
}
