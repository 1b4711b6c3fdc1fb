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
        try trades.page(undecoded: answer) { bytes throws(RowProblem) in
            Row(
                decoder.row(bytes, role: trades.takerOnly ? .taker : nil, receivedAt: receivedAt),
                from: bytes)
        }
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
