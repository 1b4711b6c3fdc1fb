import PMJSON
import PMRecord

extension Polygon {
    /// The answer to the question for a receipt.
    package enum ReceiptAnswer: Sendable {
        /// The chain does not have the transaction, or does not have it yet: ask again in a few seconds.
        case notYet
        case receipt(Receipt)
    }

    /// A transaction that is in the chain.
    package struct Receipt: Sendable {
        package let transactionHash: String?
        package let block: Int?
        /// True if the transaction failed: none of its matches counts.
        package let isReverted: Bool
        /// The filled orders in the order of the chain: the makers of a match, then its taker.
        package let fills: [Fill]

        /// The fills by match.
        package var matches: [Match] {
            var (matches, makers) = ([Match](), [Fill]())
            for fill in fills {
                if fill.isTaker {
                    matches.append(Match(taker: fill, makers: makers))
                    makers = []
                } else {
                    makers.append(fill)
                }
            }
            return matches
        }
    }

    /// One order and the resting orders that filled it.
    package struct Match: Sendable, Equatable {
        package let taker: Fill
        package let makers: [Fill]
    }

    /// Asks for the receipt of one transaction.
    package static func receipt(of transactionHash: String) -> APIRequest {
        call(.polygonReceipt, "eth_getTransactionReceipt") { $0.string(transactionHash) }
    }

    package static func receipt(in answer: [UInt8]) throws(APIError) -> ReceiptAnswer {
        let result = try self.result(in: answer, from: .polygonReceipt)
        guard case .object = result else { return .notYet }
        let fills = (result["logs"]?.array ?? []).compactMap(Fill.init)
        return .receipt(
            Receipt(
                transactionHash: result["transactionHash"]?.string?.lowercased(),
                block: ABI.quantity(result["blockNumber"]?.string),
                isReverted: ABI.quantity(result["status"]?.string) == 0,
                // A stable order: a node that leaves the index out has the logs in order.
                fills: fills.enumerated().sorted { ($0.1.logIndex, $0.0) < ($1.1.logIndex, $1.0) }.map(\.1)))
    }
}
