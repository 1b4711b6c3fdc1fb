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

    private static func market(_ conditionID: String) -> String {
        #"{"conditionId":"\#(conditionID)","question":"Will it?","outcomes":"[]"}"#
    }
}

extension APIRequest {
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
