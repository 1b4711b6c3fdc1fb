import PMRecord

/// `GET /v2/prices-history`: the prices of one token, oldest first.
struct PricesHistoryRoute: DataRoute {
    let state: DataState

    private static let intervals = [
        "max": 90 * 86_400, "all": 90 * 86_400, "1m": 30 * 86_400, "1w": 7 * 86_400, "1d": 86_400,
        "6h": 21_600, "1h": 3_600,
    ]

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        guard let token = query["token_id"] else { throw .missing("token_id") }
        let window = try window(query)
        let cursor = try query.cursor("prices_history")
        let limit = try query.limit(cursor, default: 1_000, most: 10_000)
        guard let (index, outcome) = state.world.index(ofAsset: token) else {
            return Envelope.page([Point](), limit: limit, next: nil) { _, _ in }
        }
        var points = points(of: state.world.markets[index], outcome, window)
        if let passed = cursor?.int("ts") { points.removeAll { $0.time <= passed } }
        let page = points.prefix(limit)
        let next = points.count > limit ? page.last : nil
        return Envelope.page(
            page, limit: limit,
            next: next.map {
                SignedCursor("prices_history", [("l", .number(limit)), ("ts", .number($0.time))])
            }
        ) { row, point in
            row.field("timestamp", point.time)
            row.field("price", digits: priceText(point.price))
            row.field("resolution_seconds", point.resolution)
        }
    }

    private struct Point {
        let time: Int
        /// Thousandths of a dollar.
        let price: Int
        /// Seconds; 0 for the price of the settlement.
        let resolution: Int
    }

    /// A range of times in seconds; the end is exclusive.
    private struct Window {
        let start: Int
        let end: Int
        let bucket: Int
    }

    private func window(_ query: DataQuery) throws(DataError) -> Window {
        let (start, end, at) = (try query.int("start"), try query.int("end"), try query.int("as_of"))
        let interval = query["interval"]
        guard [start != nil, interval != nil, at != nil].count(where: { $0 }) == 1 else {
            throw .invalid("exactly one of start, interval or as_of is required")
        }
        let least = ["max", "all", "1m"].contains(interval) ? 600 : interval == "1w" ? 300 : 60
        let bucket = try query.int("bucket_seconds") ?? least
        guard (least...86_400).contains(bucket) else {
            throw .invalid("bucket_seconds must be between \(least) and 86400", "bucket_seconds")
        }
        let now = Int(state.now.milliseconds / 1_000)
        if let at {
            return Window(start: at / bucket * bucket, end: at / bucket * bucket + 1, bucket: bucket)
        }
        if let interval {
            guard let length = Self.intervals[interval] else {
                throw .invalid("interval must be one of max, all, 1m, 1w, 1d, 6h, 1h", "interval")
            }
            return Window(start: now - length, end: now, bucket: bucket)
        }
        let (first, last) = (start ?? 0, end ?? now)
        guard first > 0, last >= first, last - first <= 15 * 86_400 else {
            throw .invalid("start must be positive, and the window at most 15 days", "start")
        }
        return Window(start: first, end: last, bucket: bucket)
    }

    private func points(of market: Market, _ outcome: Int, _ window: Window) -> [Point] {
        let path = PricePath(of: market, outcome, seed: state.world.options.seed)
        let end = market.isClosed ? Int(market.end.milliseconds / 1_000) : Int.max
        let created = Int(market.created.milliseconds / 1_000)
        let first = (max(window.start, created) + window.bucket - 1) / window.bucket * window.bucket
        var points = stride(from: first, to: min(window.end, end), by: window.bucket).map {
            Point(time: $0, price: path.price(at: $0), resolution: window.bucket)
        }
        if end < window.end, end >= window.start {
            points.append(Point(time: end, price: market.price(of: outcome), resolution: 0))
        }
        return points
    }
}

/// A market's past prices: the price of the start, with a seeded wave around it.
struct PricePath {
    private let middle: Int
    private let amplitude: Int
    private let period: Int

    init(of market: Market, _ outcome: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed, for: "path \(market.id)")
        middle = market.firstPrice(of: outcome)
        let most = min(middle, 1_000 - middle) / 2
        amplitude = random.int(in: 0...max(most, 0)) * (outcome == 0 ? 1 : -1)
        period = random.int(in: 20_000...400_000)
    }

    /// Thousandths of a dollar, at a time in seconds.
    func price(at time: Int) -> Int {
        let phase = Double(time % period) / Double(period)
        return min(max(middle + Int(Double(amplitude) * (4 * abs(phase - 0.5) - 1)), 1), 999)
    }
}
