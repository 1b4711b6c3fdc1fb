import PMJSON
import PMRecord
import WebSockets

/// A Polygon node that knows the transactions of the exchange. Source: docs/POLYMARKET.md, "Chain".
struct JSONRPC {
    let world: World
    let now: Timestamp
    /// The number of trades that are in a block.
    let settled: Int
    /// Blocks that one `eth_getLogs` may span.
    let logRange: Int

    /// One call, or a batch of them.
    func answer(_ request: Request) -> Response {
        guard let body = try? JSON(request.body) else {
            return Response(json: response(to: nil, .failure(-32700, "parse error")))
        }
        guard let calls = body.array else { return Response(json: response(to: body, result(of: body))) }
        var writer = JSONWriter()
        writer.array { array in
            for call in calls { array.raw(response(to: call, result(of: call))) }
        }
        return Response(json: writer.bytes)
    }

    enum Result {
        case value([UInt8])
        case failure(Int, String)

        static let null = Result.value(Array("null".utf8))
    }

    private func result(of call: JSON) -> Result {
        let parameters = call["params"]?.array ?? []
        switch call["method"]?.string {
        case "eth_getTransactionReceipt":
            guard let hash = parameters.first?.string?.lowercased() else {
                return .failure(-32602, "invalid argument 0")
            }
            let fills = transactions { $0.transaction == hash }
            return fills.isEmpty ? .null : .value(json { Receipt(world: world, fills: fills).write(to: &$0) })
        case "eth_getLogs":
            return LogFilter(rpc: self).answer(parameters.first ?? .null)
        case "eth_getBlockByNumber":
            return block(parameters.first?.string)
        case "eth_blockNumber": return .value(Array("\"\(hex(head))\"".utf8))
        case "eth_chainId": return .value(Array("\"0x89\"".utf8))
        default: return .failure(-32601, "the method does not exist/is not available")
        }
    }

    /// The rows of all settled transactions that have a row that matches.
    func transactions(_ matches: (Fill) -> Bool) -> [Fill] {
        world.truth[..<settled].filter { !$0.quirks.contains(.ghost) && matches($0) }
    }

    /// The number of the last block.
    var head: Int { Int(now.milliseconds) / Int(max(world.options.blockPeriod.inMilliseconds, 1)) }

    private func block(_ text: String?) -> Result {
        let number = text.flatMap { blockNumber($0) } ?? head
        guard number <= head else { return .null }
        let time = Int(world.options.blockPeriod.inMilliseconds) * number / 1_000
        return .value(
            json {
                $0.field("number", hex(number))
                $0.field("timestamp", hex(time))
                $0.field("hash", word(number))
            })
    }

    /// "latest" and its like, or a number in hex.
    func blockNumber(_ text: String) -> Int? {
        switch text {
        case "latest", "safe", "finalized", "pending": head
        case "earliest": 0
        default: text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : nil
        }
    }

    private func response(to call: JSON?, _ result: Result) -> [UInt8] {
        json {
            $0.field("jsonrpc", "2.0")
            $0.field("id", digits: call?["id"]?.numberText ?? "null")
            switch result {
            case .value(let value):
                $0.key("result")
                $0.raw(value)
            case .failure(let code, let message):
                $0.key("error")
                $0.object {
                    $0.field("code", code)
                    $0.field("message", message)
                }
            }
        }
    }
}

/// "0x1f".
func hex(_ number: Int) -> String { "0x" + String(number, radix: 16) }

/// A word of 32 bytes.
func word(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "0x" + String(repeating: "0", count: 64 - digits.count) + digits
}
