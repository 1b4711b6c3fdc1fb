import WebSockets

/// The CDN in front of the Data API: successful answers by URL, whatever the request's headers say.
///
/// A repeated URL gets the same body and the same `x-trace-id`. Source: docs/POLYMARKET.md, "Data API v2".
struct ContentCache {
    private var entries: [String: (time: Duration, response: Response)] = [:]
    private static let mostEntries = 5_000

    /// The time for which an answer is kept; `nil` for routes that are not cached.
    static func maxAge(ofRoute route: String) -> Duration? {
        switch route {
        case "trades", "oi": .seconds(300)
        case "activity", "activity/combos": .seconds(15)
        case "positions", "positions/combos": .seconds(5)
        case "holders": .seconds(120)
        default: nil
        }
    }

    mutating func response(
        for url: String, maxAge: Duration, at now: Duration, _ make: () -> Response
    ) -> Response {
        let control = ("cache-control", "public, max-age=\(maxAge.components.seconds)")
        if let known = entries[url], now - known.time < maxAge {
            var response = known.response
            response.headers += [
                ("x-cache", "HIT"), ("age", String((now - known.time).components.seconds)), control,
            ]
            return response
        }
        var response = make()
        guard response.status == 200 else { return response }
        if entries.count >= Self.mostEntries { entries = [:] }
        entries[url] = (now, response)
        response.headers += [("x-cache", "MISS"), control]
        return response
    }
}
