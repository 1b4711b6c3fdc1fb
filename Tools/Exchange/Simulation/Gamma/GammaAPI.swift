import PMJSON
import PMRecord
import WebSockets

/// Gamma: markets, events and profiles. Source: docs/POLYMARKET.md, "Gamma".
struct GammaAPI {
    let world: World
    let now: Timestamp
    /// The time for which a new market is unknown here.
    let metadataLag: Duration

    func answer(_ path: [Substring], _ query: Query) -> Response {
        do throws(GammaError) {
            switch path.first {
            case "markets": return try GammaMarketsRoute(api: self).answer(path.dropFirst(), query)
            case "events": return try GammaEventsRoute(api: self).answer(path.dropFirst(), query)
            case "public-profile": return try GammaProfileRoute(api: self).answer(query)
            default: throw .notFound("not found")
            }
        } catch {
            return error.response
        }
    }

    /// Returns true if Gamma lists the market already. It lists 5-minute markets late, and some of Protocol V2 never.
    func isKnown(_ market: Market) -> Bool {
        guard market.isListed else { return false }
        guard market.event.series != nil else { return true }
        let opened = market.end.advanced(by: .zero - world.options.cryptoWindow)
        return now >= opened.advanced(by: metadataLag)
    }

    func hasTag(_ market: Market, _ query: Query) -> Bool {
        let tags = market.event.category.tags
        return (query["tag_id"].map { id in tags.contains { String($0.id) == id } } ?? true)
            && (query["tag_slug"].map { slug in tags.contains { $0.slug == slug } } ?? true)
    }

    /// A list by offset: deprecated, and its headers say so.
    func list<Element>(
        _ found: [Element], _ query: Query, _ write: (inout JSONWriter, Element) -> Void
    ) -> Response {
        let page = found.dropFirst(max(query.int("offset") ?? 0, 0)).prefix(
            query.limit(default: 20, most: 500))
        return Response(
            headers: [
                ("Content-Type", "application/json"), ("deprecation", "true"),
                ("sunset", "Fri, 01 May 2026 00:00:00 GMT"), ("warning", #"299 - "use /markets/keyset""#),
                ("cache-control", "public, max-age=300"),
            ], body: json(array: page, write))
    }

    /// A page by cursor. Each full page has a cursor: a full last page is followed by an empty one.
    func keyset<Element>(
        _ name: String, _ found: [Element], _ query: Query, _ write: (inout JSONWriter, Element) -> Void
    ) throws(GammaError) -> Response {
        guard query["offset"] == nil else {
            throw .invalid("offset is not allowed on keyset endpoints")
        }
        var start = 0
        if let cursor = query["after_cursor"] {
            guard let parsed = try? SignedCursor(cursor, type: name), let index = parsed.int("o") else {
                throw .invalid("invalid after_cursor")
            }
            start = index
        }
        let limit = query.limit(default: 20, most: 100)
        let page = found.dropFirst(start).prefix(limit)
        let schema = name.prefix(1).uppercased() + name.dropFirst()
        return Response(
            json: json {
                $0.field(
                    "$schema", "https://gamma-api.polymarket.com/schemas/\(schema)KeysetListResponse.json")
                $0.key(name)
                $0.raw(json(array: page, write))
                if page.count == limit, limit > 0 {
                    $0.field("next_cursor", SignedCursor(name, [("o", .number(start + limit))]).text)
                }
            })
    }

    /// Checks the names of an order: camelCase only, separated by commas.
    func order(_ query: Query) throws(GammaError) -> String? {
        guard let order = query["order"] else { return nil }
        let names = order.split(separator: ",").map(String.init)
        for name in names where !Self.orders.contains(name) {
            throw .invalid("order field '\(name)' is not valid")
        }
        return names.first
    }

    private static let orders: Set = [
        "id", "volume", "volumeNum", "volume24hr", "volume24hrClob", "volume1wk", "volume1mo", "liquidity",
        "liquidityNum", "startDate", "endDate", "createdAt", "updatedAt", "closedTime", "competitive",
        "score", "featuredOrder",
    ]
}

/// An error of Gamma: `{"type":…,"error":…}`.
struct GammaError: Error {
    let status: Int
    let type: String
    let message: String

    static func invalid(_ message: String) -> GammaError {
        GammaError(status: 422, type: "validation error", message: message)
    }

    static func notFound(_ message: String) -> GammaError {
        GammaError(status: 404, type: "not found error", message: message)
    }

    var response: Response {
        Response(
            json: json {
                $0.field("type", type)
                $0.field("error", message)
            }, status: status)
    }
}
