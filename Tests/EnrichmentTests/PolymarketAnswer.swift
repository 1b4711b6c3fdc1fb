import TestSupport

/// Returns the answer of Polymarket's services to a GET: every wallet, market and order book exists.
func polymarketAnswer(to target: String) -> HTTPStub.Answer {
    let path = target.prefix { $0 != "?" }
    let query = target.dropFirst(path.count + 1).split(separator: "&").map { $0.split(separator: "=") }
    switch path {
    case "/markets":
        let rows = query.filter { $0[0] == "condition_ids" }.map {
            #"{"conditionId":"\#($0[1])","question":"Will it?"}"#
        }
        return .reply(body: "[\(rows.joined(separator: ","))]")
    case "/public-profile": return .reply(body: #"{"createdAt":"2020-01-01T00:00:00Z","name":"Ann"}"#)
    case "/positions": return .reply(body: #"[{"asset":"1","size":1,"cashPnl":7,"currentValue":2}]"#)
    case "/closed-positions", "/trades": return .reply(body: "[]")
    case "/book": return .reply(body: #"{"bids":[],"asks":[{"price":"0.5","size":"90000"}]}"#)
    default: return .reply(404)
    }
}
