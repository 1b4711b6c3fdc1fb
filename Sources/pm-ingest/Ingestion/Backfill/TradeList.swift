import PMRecord
import PolymarketAPI

/// The Data API's list of trades, with rows as messages: ids and `extra` are made of the bytes that were sent.
struct TradeList: PagedRead {
    struct Row: Sendable {
        /// A trade; `nil` for an unreadable row.
        let message: FeedMessage?
        let unreadable: TradeWindowReader.UnreadableRow?
        /// The trade's own time; `nil` when it has none.
        let time: Timestamp?

        /// The transaction of a trade with a time of its own, and that time.
        var settled: (transaction: UInt128, time: Timestamp)? {
            guard case .trade(let trade, _, _)? = message, let time,
                let transaction = UInt128(transactionHash: trade.transactionHash)
            else { return nil }
            return (transaction, time)
        }

        /// True if it is a trade in the window. One without a time of its own may be.
        func isInside(_ window: ClosedRange<Timestamp>) -> Bool {
            message != nil && (time.map { window.contains($0) } ?? true)
        }
    }

    let trades: DataAPI.TradesRead

    init(_ trades: DataAPI.TradesRead) {
        self.trades = trades
    }

    func request(at position: PagePosition) -> APIRequest { trades.request(at: position) }

    var lastOffset: Int? { trades.lastOffset }

    func page(in answer: [UInt8]) throws(APIError) -> Page<Row> {
        try page(in: answer, FrameDecoder(via: .backfill), receivedAt: .now())
    }

    func page(in answer: [UInt8], _ decoder: FrameDecoder, receivedAt: Timestamp) throws(APIError)
        -> Page<Row>
    {
        var copies: [String: Int] = [:]
        return try trades.page(undecoded: answer) { bytes throws(RowProblem) in
            let message = decoder.row(bytes, role: trades.takerOnly ? .taker : nil, receivedAt: receivedAt)
            return Row(message?.numbered(in: &copies), from: bytes)
        }
    }
}

extension FeedMessage {
    /// Returns the message with the number of equal trades before it in the same answer.
    fileprivate func numbered(in copies: inout [String: Int]) -> FeedMessage {
        guard case .trade(let trade, _, let odd) = self, let identity = trade.identity else { return self }
        defer { copies[identity.text(), default: 0] += 1 }
        return .trade(trade, origin: .reading(copy: copies[identity.text()] ?? 0), odd: odd)
    }
}

extension TradeList.Row {
    fileprivate init(_ message: FeedMessage?, from bytes: [UInt8]) {
        switch message {
        case .trade(let trade, _, let odd)?:
            self.init(message: message, unreadable: nil, time: odd.contains("timestamp") ? nil : trade.time)
        case .malformed(let reason)?:
            self.init(message: nil, unreadable: .init(bytes: bytes, reason: reason), time: nil)
        case nil, .other?, .news?, .record?, .refused?:
            self.init(
                message: nil, unreadable: .init(bytes: bytes, reason: "a row that is not a trade"), time: nil)
        }
    }
}
