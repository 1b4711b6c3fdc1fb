import PMRecord

/// A filter on stored trades. Within wallets, markets and tiers, any value may match.
package struct TradeSelection: Sendable {
    package var since: Timestamp?
    /// Exclusive: a trade at this time does not match.
    package var until: Timestamp?
    package var wallets: [String] = []
    /// Condition ids, slugs or event slugs.
    package var markets: [String] = []
    package var tiers: [String] = []
    /// True to match only trades whose enrichment is incomplete.
    package var isUnenriched = false

    package init() {}
}

/// A query for one page of trades, in SQL that both databases understand.
package struct TradeQuery {
    /// The columns that a CSV file has, from the view `trade_details`.
    package static let details = [
        "id", "time", "side", "role", "outcome", "price", "size", "value", "tier", "tags", "title", "slug",
        "event_slug",
        "market_type", "category", "end_date", "wallet", "name", "win_rate", "total_profit", "slippage",
        "feed", "via",
        "enrichment", "condition_id", "asset_id", "tx_hash", "seq", "revision", "received_at", "stored_at",
    ]

    private static let times: Set<String> = ["time", "end_date", "received_at", "stored_at"]

    private(set) var sql = ""
    /// The values of `$1`, `$2`, …; each parameter appears once in the text, in this order.
    private(set) var values: [String] = []

    /// Makes a query for the columns `record`, time and `id`.
    ///
    /// - Parameter time: An expression of the database for the column `time` as RFC 3339.
    init(_ selection: TradeSelection, after position: PagePosition?, limit: Int, time: String) {
        self.init(selection, after: position, limit: limit, columns: "record, \(time), id", of: "trades")
    }

    /// Makes a query for ``details``, the first two of which are the position.
    ///
    /// - Parameter time: Returns an expression of the database for a column of times as RFC 3339.
    init(
        details selection: TradeSelection, after position: PagePosition?, limit: Int, time: (String) -> String
    ) {
        let columns = Self.details.map { Self.times.contains($0) ? time($0) : $0 }
        self.init(
            selection, after: position, limit: limit, columns: columns.joined(separator: ", "),
            of: "trade_details")
    }

    private init(
        _ selection: TradeSelection, after position: PagePosition?, limit: Int, columns: String,
        of table: String
    ) {
        var conditions: [String] = []
        if let position {
            conditions.append("(time, id) > (\(parameter(position.time)), \(parameter(position.id)))")
        }
        if let since = selection.since { conditions.append("time >= \(parameter(since.description))") }
        if let until = selection.until { conditions.append("time < \(parameter(until.description))") }
        if !selection.wallets.isEmpty { conditions.append(any(of: selection.wallets, in: ["wallet"])) }
        if !selection.tiers.isEmpty { conditions.append(any(of: selection.tiers, in: ["tier"])) }
        if !selection.markets.isEmpty {
            conditions.append(any(of: selection.markets, in: ["condition_id", "slug", "event_slug"]))
        }
        if selection.isUnenriched {
            conditions.append("enrichment IN ('pending', 'partial', 'failed', 'skipped')")
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        sql = "SELECT \(columns) FROM \(table) \(filter) ORDER BY time, id LIMIT \(limit)"
    }

    /// Adds a value, and returns its parameter.
    private mutating func parameter(_ value: String) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    private mutating func any(of wanted: [String], in columns: [String]) -> String {
        let alternatives = columns.map { column in
            "\(column) IN (" + wanted.map { parameter($0) }.joined(separator: ", ") + ")"
        }
        return "(" + alternatives.joined(separator: " OR ") + ")"
    }
}
