import Enrichment
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// An enricher with a manual clock and simulated services.
struct SimulatedEnricher {
    typealias Services = (APIRequest) -> APIReply?

    var enricher: Enricher
    var now = ClockReading(instant: .now, time: Timestamp("2026-11-22T10:00:00Z")!)
    /// Every request sent, in order.
    var sent: [APIRequest] = []
    private var inFlight: [(id: QueuedRequestID, request: APIRequest)] = []

    init(_ settings: Enricher.Settings = Enricher.Settings()) {
        enricher = Enricher(settings, at: now)
    }

    /// Passes a line in, and returns the lines that are emitted at once.
    mutating func receive(_ line: String) -> [JSON] {
        _ = enricher.receive(Array(line.utf8).span, at: now)
        return output()
    }

    /// Sends and answers requests until none is left now, and returns the lines that are emitted.
    ///
    /// - Parameter services: Returns `nil` to leave a request unanswered for now.
    mutating func run(_ services: Services = { Sample.reply(to: $0) }) -> [JSON] {
        while true {
            while let (id, request) = enricher.nextRequest(at: now) {
                sent.append(request)
                inFlight.append((id, request))
            }
            let answered = inFlight.compactMap { entry in
                services(entry.request).map { (id: entry.id, reply: $0) }
            }
            guard !answered.isEmpty else { break }
            let ids = Set(answered.map(\.id))
            inFlight.removeAll { ids.contains($0.id) }
            for (id, reply) in answered { enricher.receive(reply, to: id, at: now) }
        }
        return output()
    }

    /// Moves the clock forward, and returns the lines that are emitted.
    mutating func advance(by duration: Duration) -> [JSON] {
        now = now.advanced(by: duration)
        enricher.advance(to: now)
        return output()
    }

    private mutating func output() -> [JSON] {
        enricher.takeOutput().map { try! JSON($0) }
    }
}

/// Records, and the answers of services that know every wallet and market.
enum Sample {
    static func trade(
        _ id: Int, wallet: String? = "0xaa", market: String = "0xc0", asset: String = "7",
        value: Int = 10_000, time: String = "2026-11-22T09:59:59.000Z",
        receivedAt: String = "2026-11-22T10:00:00.000Z", extra: String = ""
    ) -> String {
        let wallet = wallet.map { #""wallet":"\#($0)","# } ?? ""
        return #"""
            {"kind":"trade","id":"\#(id)","seq":\#(id),"time":"\#(time)",\#(wallet)"side":"BUY",\#
            "received_at":"\#(receivedAt)","asset_id":"\#(asset)","condition_id":"\#(market)","price":0.5,\#
            "size":\#(value * 2),"value":\#(value),"tier":"WHALE"\#(extra)}
            """#
    }

    static func mark(_ seq: Int) -> String {
        #"{"kind":"mark","stream":"s","seq":\#(seq),"time":"2026-11-22T10:00:00.000Z"}"#
    }

    static func reply(to request: APIRequest) -> APIReply {
        switch request.route {
        case .gammaMarketsKeyset:
            .found(#"{"markets":[\#(request.markets.map(market).joined(separator: ","))]}"#)
        case .gammaProfile: .found(#"{"createdAt":"2020-01-01T00:00:00Z","name":"Ann"}"#)
        case .dataV2Positions where request.part == .open:
            .page([position("1", "REDEEMABLE", total: 70_000, value: 2000)])
        case .clobBook:
            .found(#"{"bids":[{"price":"0.48","size":"10"}],"asks":[{"price":"0.5","size":"9000"}]}"#)
        case .dataV2Positions, .dataV2Trades, .dataV2Leaderboard: .page([])
        case .dataV2UserStats, .dataV2Value: .found(#"{"data":null}"#)
        case .polygonReceipt: .found(#"{"result":{"logs":[]}}"#)
        default: .status(404)
        }
    }

    /// Returns a row of `/v2/positions`. Profits and values are in dollars.
    static func position(
        _ token: String, _ status: String = "OPEN", realized: Int = 0, total: Int = 0, value: Int = 1
    ) -> String {
        #"""
        {"token_id":"\#(token)","status":"\#(status)","current_size":1,"current_value":\#(value),\#
        "realized_pnl":\#(realized),"total_pnl":\#(total)}
        """#
    }

    private static func market(_ conditionID: String) -> String {
        #"{"id":"1","conditionId":"\#(conditionID)","slug":"s","question":"Will it?","outcomes":"[]"}"#
    }
}

/// A part of a trade's enrichment, as tests let it fail.
enum Part {
    case open, closed, trades, account, market, book
}

extension APIRequest {
    /// The part that the request is for; `nil` for others.
    var part: Part? {
        switch route {
        case .dataV2Positions, .dataPositions: target.contains("status=CLOSED") ? .closed : .open
        case .dataClosedPositions: .closed
        case .dataV2Trades, .dataTrades: target.contains("user=") ? .trades : nil
        case .gammaProfile: .account
        case .gammaMarketsKeyset: .market
        case .clobBook: .book
        default: nil
        }
    }

    /// True if it is for the trades of a market, to find the owner of one.
    var isForOwner: Bool { route == .dataV2Trades && target.contains("condition=") }

    /// The requested markets.
    var markets: [String] {
        target.split(separator: "&").filter { $0.hasPrefix("condition_ids=") }.map {
            String($0.dropFirst("condition_ids=".count))
        }
    }
}

extension APIReply {
    static func found(_ body: String) -> APIReply {
        .answer(status: 200, retryAfter: nil, body: Array(body.utf8), elapsed: .milliseconds(50))
    }

    /// The last page of a list of version 2 of the Data API, unless there is a cursor.
    static func page(_ rows: [String], next cursor: String? = nil) -> APIReply {
        let cursorText = cursor.map { "\"\($0)\"" } ?? "null"
        return .found(
            #"""
            {"data":[\#(rows.joined(separator: ","))],\#
            "pagination":{"has_more":\#(cursor != nil),"next_cursor":\#(cursorText)}}
            """#)
    }

    static func status(_ status: Int, retryAfter: Duration? = nil, _ body: String = "") -> APIReply {
        .answer(
            status: status, retryAfter: retryAfter, body: Array(body.utf8), elapsed: .milliseconds(20))
    }
}

extension JSON {
    var state: String? { self["enrichment"]?.string }
    var revision: Int? { self["revision"]?.integer }
    var kind: String? { self["kind"]?.string }
    var reason: String? { self["enrichment_reason"]?.string }
}
