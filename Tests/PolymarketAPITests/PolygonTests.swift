import PMRecord
import PolymarketAPI
import Testing

/// Receipts built from the published ABI.
struct PolygonTests {
    static let exchange = "0xE111180000d2663C0091e4f400237545B87B996B"
    static let topic = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee"

    static func log(
        maker: String, taker: String, side: Int, asset: String, given: Int, received: Int, fee: Int = 0,
        index: Int? = nil, address: String = exchange, topic: String = topic
    ) -> String {
        func word(_ number: Int) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 64 - digits.count) + digits
        }
        func padded(_ address: String) -> String {
            "0x" + String(repeating: "0", count: 24) + address.dropFirst(2)
        }
        let data = word(side) + asset + word(given) + word(received) + word(fee) + word(0) + word(0)
        let place = index.map { #""logIndex":"0x\#(String($0, radix: 16))","# } ?? ""
        return #"""
            {\#(place)"address":"\#(address)","topics":["\#(topic)","0x\#(word(1))","\#(padded(maker))","\#(padded(taker))"],\#
            "data":"0x\#(data)"}
            """#
    }

    static func receipt(_ logs: String...) -> [UInt8] {
        bytes(#"{"jsonrpc":"2.0","id":1,"result":{"status":"0x1","logs":[\#(logs.joined(separator: ","))]}}"#)
    }

    static let ann = "0x" + String(repeating: "a", count: 40)
    static let ben = "0x" + String(repeating: "B", count: 40)
    static let asset = String(repeating: "0", count: 62) + "ff"

    static func read(_ answer: [UInt8]) throws -> Polygon.Receipt? {
        switch try Polygon.receipt(in: answer) {
        case .notYet: nil
        case .receipt(let receipt): receipt
        }
    }

    static func fills(in answer: [UInt8]) throws -> [Polygon.Fill]? {
        try read(answer)?.fills
    }

    @Test func fillsAreReadFromTheExchangesLogs() throws {
        let fills = try #require(
            try Self.fills(
                in: Self.receipt(
                    Self.log(
                        maker: Self.ann, taker: Self.ben, side: 1, asset: Self.asset, given: 7_000_000,
                        received: 3_500_000),
                    Self.log(
                        maker: Self.ben, taker: Self.exchange, side: 0, asset: Self.asset, given: 3_500_000,
                        received: 7_000_000, fee: 122_500),
                    Self.log(
                        maker: Self.ann, taker: Self.ben, side: 0, asset: Self.asset, given: 1, received: 1,
                        address: "0x" + String(repeating: "9", count: 40)),
                    Self.log(
                        maker: Self.ann, taker: Self.ben, side: 0, asset: Self.asset, given: 1, received: 1,
                        topic: "0x12"), #"{"address":"0x1","topics":[],"data":"0x"}"#)))
        #expect(
            fills == [
                Polygon.Fill(
                    maker: Self.ann, side: .sell, asset: "255", size: 7, value: Micros(count: 3_500_000),
                    fee: .zero, isTaker: false),
                Polygon.Fill(
                    maker: Self.ben.lowercased(), side: .buy, asset: "255", size: 7,
                    value: Micros(count: 3_500_000), fee: Micros(count: 122_500), isTaker: true),
            ])
        #expect(fills.map(\.role) == [.maker, .taker])
        #expect(fills.map { $0.price?.description } == ["0.5", "0.5"])
    }

    @Test(arguments: Polygon.Exchange.allCases) func allExchangesAreRead(exchange: Polygon.Exchange) throws {
        let fills = try Self.fills(
            in: Self.receipt(
                Self.log(
                    maker: Self.ann, taker: exchange.address, side: 0, asset: Self.asset, given: 1,
                    received: 3,
                    address: exchange.address.uppercased().replacing("0X", with: "0x"))))
        #expect(fills?.map(\.exchange) == [exchange] && fills?.first?.isTaker == true)
        #expect(fills?.first?.price?.description == "0.333333")
    }

    /// The makers of a match come first, its taker last, whatever the order of the answer.
    @Test func fillsBelongToMatches() throws {
        func log(_ index: Int, taker: String) -> String {
            Self.log(
                maker: Self.ann, taker: taker, side: 0, asset: Self.asset, given: 1, received: index,
                index: index)
        }
        let receipt = try #require(
            try Self.read(
                Self.receipt(
                    log(5, taker: Self.exchange), log(3, taker: Self.ben), log(4, taker: Self.ben),
                    log(7, taker: Self.exchange), log(6, taker: Self.ben))))
        #expect(receipt.fills.map(\.logIndex) == [3, 4, 5, 6, 7] && !receipt.isReverted)
        #expect(receipt.matches.map(\.taker.logIndex) == [5, 7])
        #expect(receipt.matches.map { $0.makers.map(\.logIndex) } == [[3, 4], [6]])
    }

    @Test(arguments: [
        (String(repeating: "0", count: 64), "0"), (String(repeating: "0", count: 63) + "9", "9"),
        (String(repeating: "0", count: 56) + "3b9aca00", "1000000000"),
        (
            String(repeating: "f", count: 64),
            "115792089237316195423570985008687907853269984665640564039457584007913129639935"
        ),
    ])
    func assetsAreInDecimal(word: String, decimal: String) throws {
        let fills = try Self.fills(
            in: Self.receipt(
                Self.log(maker: Self.ann, taker: Self.ann, side: 0, asset: word, given: 1, received: 1)))
        #expect(fills?.map(\.asset) == [decimal])
    }

    @Test func aTransactionOutsideTheChainHasNoReceipt() throws {
        let answer = bytes(#"{"jsonrpc":"2.0","id":1,"result":null}"#)
        #expect(try Self.read(answer) == nil)
    }

    @Test func aFailedTransactionIsReverted() throws {
        let answer =
            #"{"result":{"status":"0x0","blockNumber":"0x5a00000","transactionHash":"0xAB","logs":[]}}"#
        let receipt = try #require(try Self.read(bytes(answer)))
        #expect(receipt.isReverted && receipt.block == 94_371_840 && receipt.transactionHash == "0xab")
    }

    @Test(arguments: [
        (-32005, "key s3cret exceeded", APIError.Kind.service, "the node answers with error -32005"),
        (
            -32000, "invalid block range params", .blockRange,
            "the node answers with error -32000, block range"
        ),
        (
            -32602, "Block range is too large", .blockRange,
            "the node answers with error -32602, block range"
        ),
    ])
    func anErrorOfTheNodeIsTyped(code: Int, message: String, kind: APIError.Kind, sentence: String) {
        let answer = bytes(#"{"id":1,"error":{"code":\#(code),"message":"\#(message)"}}"#)
        do throws(APIError) {
            _ = try Polygon.logs(in: answer)
            Issue.record("no error")
        } catch {
            #expect(error == APIError(kind, sentence, from: .polygonLogs))
        }
        #expect(throws: APIError(kind, sentence, from: .polygonReceipt)) { try Self.fills(in: answer) }
    }

    @Test func logsAreAskedForByRangeAndWallet() throws {
        let request = Polygon.logs(in: 16...255, of: Self.ben)
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"0x10","toBlock":"0xff","#
                + #""address":["0xe111180000d2663c0091e4f400237545b87b996b","#
                + #""0xe2222d279d744050d28e00520010520000310f59","0xe3333700ca9d93003f00f0f71f8515005f6c00aa"],"#
                + #""topics":["\#(Self.topic)",null,"0x000000000000000000000000\#(Self.ben.dropFirst(2).lowercased())"]}]}"#
        )
        let log = Self.log(
            maker: Self.ann, taker: Self.exchange, side: 0, asset: Self.asset, given: 1, received: 1)
        let fills = try Polygon.logs(
            in: bytes(#"{"result":[{"transactionHash":"0xAB","blockNumber":"0x10",\#(log.dropFirst()),{}]}"#))
        #expect(fills.count == 1 && fills[0].transactionHash == "0xab" && fills[0].block == 16)
        #expect(throws: APIError.self) { try Polygon.logs(in: bytes("{}")) }
    }

    @Test func aLogThatTheChainTookBackIsLeftOut() throws {
        let log = Self.log(
            maker: Self.ann, taker: Self.exchange, side: 0, asset: Self.asset, given: 1, received: 1)
        let answer = #"{"result":{"logs":[{"removed":true,\#(log.dropFirst())]}}"#
        #expect(try Self.fills(in: bytes(answer))?.isEmpty == true)
    }
}
