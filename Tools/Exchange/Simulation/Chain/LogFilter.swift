import PMJSON
import PMRecord

/// `eth_getLogs`: by blocks, addresses and topics.
struct LogFilter {
    let rpc: JSONRPC

    /// The time for which a public node keeps its logs.
    private static let history = Duration.seconds(36 * 3_600)
    private static let badRange = JSONRPC.Result.failure(-32000, "invalid block range params")

    func answer(_ filter: JSON) -> JSONRPC.Result {
        let from = filter["fromBlock"]?.string.flatMap { rpc.blockNumber($0) } ?? rpc.head
        let to = filter["toBlock"]?.string.flatMap { rpc.blockNumber($0) } ?? rpc.head
        let oldest = Block(
            at: rpc.now.advanced(by: .zero - Self.history), period: rpc.world.options.blockPeriod)
        guard from <= to, to <= rpc.head, to - from <= rpc.logRange, from >= oldest.number else {
            return Self.badRange
        }
        let addresses = texts(filter["address"])
        let topics = (filter["topics"]?.array ?? []).map { texts($0) }
        let fills = rpc.transactions { (from...to).contains($0.block.number) }
        var logs: [TransactionLog] = []
        var index = fills.startIndex
        while index < fills.endIndex {
            let end =
                fills[index...].firstIndex { $0.transaction != fills[index].transaction } ?? fills.endIndex
            logs += Receipt(world: rpc.world, fills: Array(fills[index..<end])).logs.filter { log in
                (addresses.isEmpty || addresses.contains(log.address))
                    && zip(topics, log.topics).allSatisfy { $0.isEmpty || $0.contains($1) }
                    && topics.count <= log.topics.count
            }
            index = end
        }
        return .value(json(array: logs) { $1.write(to: &$0) })
    }

    /// One text, several, or none for null.
    private func texts(_ json: JSON?) -> Set<String> {
        Set((json?.array ?? [json ?? .null]).compactMap { $0.string?.lowercased() })
    }
}
