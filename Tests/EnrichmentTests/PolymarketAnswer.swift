import TestSupport

/// Returns the answer of Polymarket's services to a GET: every wallet, market and order book exists, and version 1 of the
/// Data API is gone.
func polymarketAnswer(to target: String) -> HTTPStub.Answer {
    let path = target.prefix { $0 != "?" }
    let query = target.dropFirst(path.count + 1).split(separator: "&").map { $0.split(separator: "=") }
    func page(_ row: String) -> HTTPStub.Answer {
        .reply(body: #"{"data":[\#(row)],"pagination":{"has_more":false,"next_cursor":null}}"#)
    }
    switch path {
    case "/markets/keyset":
        let rows = query.filter { $0[0] == "condition_ids" }.map {
            #"{"id":"1","conditionId":"\#($0[1])","slug":"s","question":"Will it?"}"#
        }
        return .reply(body: #"{"markets":[\#(rows.joined(separator: ","))]}"#)
    case "/public-profile": return .reply(body: #"{"createdAt":"2020-01-01T00:00:00Z","name":"Ann"}"#)
    case "/v2/positions" where target.contains("status=OPEN"):
        return page(Sample.position("1", total: 7, value: 2))
    case "/v2/positions", "/v2/trades": return page("")
    case "/v2/user-stats", "/v2/value": return .reply(body: #"{"data":null}"#)
    case "/book": return .reply(body: #"{"bids":[],"asks":[{"price":"0.5","size":"90000"}]}"#)
    default: return .reply(404)
    }
}
