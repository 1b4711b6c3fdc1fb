import PMJSON
import PMRecord

extension Polygon {
    /// A fill, and the transaction it belongs to.
    package struct LoggedFill: Sendable {
        package let fill: Fill
        package let transactionHash: String?
        package let block: Int?
    }

    /// Asks for the filled orders in a range of blocks, on all exchanges.
    ///
    /// Public nodes serve some thousand blocks at a time and about a day and a half of history. They reject
    /// other ranges with an error of kind ``APIError/Kind/blockRange``.
    ///
    /// - Parameter wallet: Only the orders of this wallet.
    package static func logs(in blocks: ClosedRange<Int>, of wallet: String? = nil) -> APIRequest {
        call(.polygonLogs, "eth_getLogs") { parameters in
            parameters.object { filter in
                filter.key("fromBlock")
                filter.string("0x" + String(blocks.lowerBound, radix: 16))
                filter.key("toBlock")
                filter.string("0x" + String(blocks.upperBound, radix: 16))
                filter.key("address")
                filter.array { for exchange in Exchange.allCases { $0.string(exchange.address) } }
                filter.key("topics")
                filter.array { topics in
                    topics.string(Fill.signature)
                    guard let wallet else { return }
                    topics.null()
                    topics.string(ABI.topic(wallet))
                }
            }
        }
    }

    package static func logs(in answer: [UInt8]) throws(APIError) -> [LoggedFill] {
        guard let logs = try result(in: answer, from: .polygonLogs).array else {
            throw APIError(.form, #"member "result" is not a list"#, from: .polygonLogs)
        }
        return logs.compactMap { log in
            Fill(log).map {
                LoggedFill(
                    fill: $0, transactionHash: log["transactionHash"]?.string?.lowercased(),
                    block: ABI.quantity(log["blockNumber"]?.string))
            }
        }
    }
}
