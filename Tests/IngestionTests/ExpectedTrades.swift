import Foundation
import WebSockets

/// The trades that happened on a small exchange of the test's own, and the exchange's Data API.
final class ExpectedTrades {
    struct Row {
        let number: Int
        let second: Int
        /// Identical rows; more than one are real twins.
        let copies: Int
        let at: ContinuousClock.Instant
    }

    private(set) var rows: [Row] = []
    var hasSecondVersion = true
    var hasAnything = true
    /// The responses to the next requests, instead of rows.
    var refusals: [Response] = []
    var page = 100
    /// Answers with lists that have no rows.
    var isEmpty = false
    /// Seconds after which a trade appears in the lists; the status does not say so.
    var lag = 0.0
    private let shift: Int

    /// - Parameter shift: Added to every number, so that the trades of two exchanges differ.
    init(from shift: Int = 0) {
        self.shift = shift
    }

    /// Lets one more trade happen now.
    ///
    /// - Returns: Its frame.
    @discardableResult
    func happen(copies: Int = 1) -> String {
        let row = Row(
            number: rows.count + shift, second: Int(Date().timeIntervalSince1970), copies: copies,
            at: .now)
        rows.append(row)
        return frame(of: row)
    }

    func frame(of row: Row, type: String = "trades") -> String {
        Messages.activity(
            type: type, Messages.row(transaction: Messages.hash(row.number), timestamp: "\(row.second)"))
    }

    var transactions: [String] {
        rows.flatMap { row in Array(repeating: Messages.hash(row.number), count: row.copies) }
    }

    func answer(_ request: Request) -> Response {
        if !refusals.isEmpty { return refusals.removeFirst() }
        guard hasAnything else { return Response(status: 500) }
        switch request.path {
        case "/v2/status" where hasSecondVersion:
            return json(
                #"{"data":{"computed_at":0,"age_seconds":0,"serving":{"lag_seconds":0},"ingestion":{}}}"#)
        case "/v2/trades" where hasSecondVersion:
            let all = listed
            // A cursor counts the rows behind it, so that new rows do not move a page.
            let start = request.parameter("cursor").flatMap { Int($0) }.map { all.count - $0 } ?? 0
            let end = min(start + page, all.count)
            let next = end < all.count ? "\"\(all.count - end)\"" : "null"
            return json(
                #"{"data":[\#(all[start..<end].map(snake).joined(separator: ","))],"#
                    + #""pagination":{"limit":\#(page),"has_more":\#(end < all.count),"next_cursor":\#(next)}}"#
            )
        case "/trades":
            guard let start = request.parameter("start").flatMap({ Int($0) }),
                let end = request.parameter("end").flatMap({ Int($0) }),
                let offset = request.parameter("offset").flatMap({ Int($0) }),
                let limit = request.parameter("limit").flatMap({ Int($0) }), offset <= 10_000
            else { return Response(status: 400) }
            let inside = listed.filter { start...end ~= $0.second }.dropFirst(offset).prefix(limit)
            return json("[\(inside.map(camel).joined(separator: ","))]")
        default: return Response(status: 404)
        }
    }

    /// Newest first, each copy a row of its own.
    private var listed: [Row] {
        let shown = isEmpty ? [] : rows.prefix { $0.at.duration(to: .now) >= .seconds(lag) }
        return shown.reversed().flatMap { row in Array(repeating: row, count: row.copies) }
    }

    private func camel(_ row: Row) -> String {
        Messages.row(
            transaction: Messages.hash(row.number), wallet: Messages.wallet.lowercased(),
            timestamp: "\(row.second)")
    }

    private func snake(_ row: Row) -> String {
        #"{"proxy_wallet":"\#(Messages.wallet.lowercased())","side":"BUY","token_id":"\#(Messages.asset)","#
            + #""condition_id":"\#(Messages.condition)","size":1030.92,"price":0.03,"timestamp":\#(row.second),"#
            + #""title":"Will it?","outcome_index":1,"transaction_hash":"\#(Messages.hash(row.number))"}"#
    }

    private func json(_ text: String) -> Response {
        Response(status: 200, type: "application/json", text)
    }
}
