import Enrichment
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// An enricher with a clock of its own and services that answer as told, at once or when asked to.
struct Desk {
    typealias Services = (APIRequest) -> Reply?

    var enricher: Enricher
    var now = Moment(instant: .now, time: Timestamp("2026-11-22T10:00:00Z")!)
    /// Every request sent, in order.
    var asked: [APIRequest] = []
    private var unanswered: [(ticket: RequestQueue.Ticket, request: APIRequest)] = []

    init(_ settings: Enricher.Settings = Enricher.Settings()) {
        enricher = Enricher(settings, at: now)
    }

    /// Hands a line in; the lines that come out at once.
    mutating func take(_ line: String) -> [JSON] {
        _ = enricher.receive(Array(line.utf8).span, at: now)
        return output()
    }

    /// Sends what may be sent and answers it, until nothing is left to do now; the lines that come of it.
    ///
    /// - Parameter services: `nil` leaves a request unanswered for now.
    mutating func settle(_ services: Services = { Desk.answers($0) }) -> [JSON] {
        while true {
            while let (ticket, request) = enricher.nextRequest(at: now) {
                asked.append(request)
                unanswered.append((ticket, request))
            }
            let answered = unanswered.compactMap { entry in services(entry.request).map { (entry.ticket, $0) }
            }
            guard !answered.isEmpty else { break }
            unanswered.removeAll { services($0.request) != nil }
            for (ticket, reply) in answered { enricher.receive(reply, to: ticket, at: now) }
        }
        return output()
    }

    /// Lets time pass; the lines that come of it.
    mutating func wait(_ duration: Duration) -> [JSON] {
        now = now.advanced(by: duration)
        enricher.advance(to: now)
        return output()
    }

    private mutating func output() -> [JSON] {
        enricher.takeOutput().map { try! JSON($0) }
    }

    /// Services that know everything, and little of interest.
    static func answers(_ request: APIRequest) -> Reply {
        switch request.route {
        case .gammaMarkets: .found("[\(request.markets.map(market).joined(separator: ","))]")
        case .gammaProfile: .found(#"{"createdAt":"2020-01-01T00:00:00Z","name":"Ann"}"#)
        case .dataPositions: .found(#"[{"asset":"1","size":1,"cashPnl":70000,"currentValue":2000}]"#)
        case .clobBook:
            .found(#"{"bids":[{"price":"0.48","size":"10"}],"asks":[{"price":"0.5","size":"9000"}]}"#)
        case .dataTrades, .dataClosedPositions, .dataLeaderboard: .found("[]")
        case .polygonReceipt: .found("{}")
        default: .status(404)
        }
    }

    static func market(_ conditionID: String) -> String {
        #"{"conditionId":"\#(conditionID)","question":"Will it?","outcomes":"[]"}"#
    }

    static func trade(
        _ id: Int, wallet: String? = "0xaa", market: String = "0xc0", asset: String = "7",
        value: Int = 10_000,
        receivedAt: String = "2026-11-22T10:00:00.000Z", extra: String = ""
    ) -> String {
        let wallet = wallet.map { #""wallet":"\#($0)","# } ?? ""
        return #"""
            {"kind":"trade","id":"\#(id)","seq":\#(id),"time":"2026-11-22T09:59:59.000Z",\#(wallet)"side":"BUY",\#
            "received_at":"\#(receivedAt)","asset_id":"\#(asset)","condition_id":"\#(market)","price":0.5,\#
            "size":\#(value * 2),"value":\#(value),"tier":"WHALE"\#(extra)}
            """#
    }

    static func mark(_ seq: Int) -> String {
        #"{"kind":"mark","stream":"s","seq":\#(seq),"time":"2026-11-22T10:00:00.000Z"}"#
    }
}

extension APIRequest {
    /// The markets that are asked for.
    var markets: [String] {
        target.split(separator: "&").filter { $0.hasPrefix("condition_ids=") }.map {
            String($0.dropFirst("condition_ids=".count))
        }
    }
}

extension Reply {
    static func found(_ body: String) -> Reply {
        .answer(status: 200, retryAfter: nil, body: Array(body.utf8), elapsed: .milliseconds(50))
    }

    static func status(_ status: Int, retryAfter: Duration? = nil, _ body: String = "") -> Reply {
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
