import PMJSON
import PMRecord
import Signals

/// The stored outcomes of trades, as grades and `pm-store ungraded` read them.
package protocol OutcomeArchive: AnyObject {
    /// Returns the rows of a query as text, with `nil` for SQL `NULL`.
    ///
    /// - Parameter values: The values of `$1`, `$2`, …
    func rows(of sql: String, _ values: [String]) throws(StoreError) -> [[String?]]

    /// Returns SQL for a column of times as RFC 3339.
    func time(_ column: String) -> String
}

/// A filter on trades whose outcome is not known completely.
package struct UngradedSelection: Sendable {
    package var since: Timestamp?
    /// True for all stored trades, false for those with an alert.
    package var includesUnalerted = false
    /// Trades that were settled after this time are read again, because a dispute may change the settlement.
    package var recheckedSince: Timestamp

    package init(recheckedSince: Timestamp) {
        self.recheckedSince = recheckedSince
    }
}

extension OutcomeArchive {
    /// Returns the next trades of the selection as the values of ``TradeQuery/details``, ordered by time.
    ///
    /// - Parameter position: The last trade of the page before; `nil` for the first page.
    package func details(
        of selection: TradeSelection, after position: PagePosition?, limit: Int
    ) throws(StoreError) -> (rows: [[String?]], position: PagePosition?) {
        let query = TradeQuery(details: selection, after: position, limit: limit, time: time)
        let rows = try rows(of: query.sql, query.values)
        return (rows, rows.last.map { PagePosition(time: $0[1] ?? "", id: $0[0] ?? "") })
    }

    /// Returns the next trades to grade, ordered by time, each preceded by its outcome as far as it is known.
    ///
    /// - Parameter position: The last trade of the page before; `nil` for the first page.
    package func ungraded(
        _ selection: UngradedSelection, after position: PagePosition?, limit: Int
    ) throws(StoreError) -> (lines: [String], position: PagePosition?, count: Int) {
        var values = [selection.recheckedSince.description]
        var conditions = [
            "t.retracted_at IS NULL", "t.side IS NOT NULL", "t.asset_id IS NOT NULL",
            "(o.settlement IS NULL OR o.resolved_at > $1)",
        ]
        if !selection.includesUnalerted {
            conditions.append("EXISTS (SELECT 1 FROM alerts a WHERE a.trade_id = t.id)")
        }
        if let since = selection.since {
            values.append(since.description)
            conditions.append("t.time >= $\(values.count)")
        }
        if let position {
            values += [position.time, position.id]
            conditions.append("(t.time, t.id) > ($\(values.count - 1), $\(values.count))")
        }
        let rows = try rows(
            of: """
                SELECT t.record, o.record, \(time("t.time")), t.id
                FROM trades t LEFT JOIN outcomes o ON o.trade_id = t.id
                WHERE \(conditions.joined(separator: " AND ")) ORDER BY t.time, t.id LIMIT \(limit)
                """, values)
        let last = rows.last.map { PagePosition(time: $0[2] ?? "", id: $0[3] ?? "") }
        return (rows.flatMap { [$0[1], $0[0]].compactMap(\.self) }, last, rows.count)
    }

    /// Returns the settled trades with what was known of each when its alert was sent.
    ///
    /// - Parameters:
    ///   - until: Exclusive.
    ///   - includesUnalerted: True for all trades with an outcome, false for those with an alert.
    package func gradedTrades(
        since: Timestamp?, until: Timestamp? = nil, includesUnalerted: Bool = false
    ) throws(StoreError) -> [GradedTrade] {
        var conditions = ["settlement IS NOT NULL", "price > 0", "price < 1"]
        var values: [String] = []
        if !includesUnalerted { conditions.append("rule IS NOT NULL") }
        for (time, sign) in [(since, ">="), (until, "<")] {
            guard let time else { continue }
            values.append(time.description)
            conditions.append("time \(sign) $\(values.count)")
        }
        return try rows(
            of: """
                SELECT cluster, condition_id, side, price, edge, edge_before_fee, rule, tier, tags, category, label
                FROM graded_trades WHERE \(conditions.joined(separator: " AND ")) ORDER BY time, trade_id, rule
                """, values
        ).compactMap(GradedTrade.init)
    }
}

extension GradedTrade {
    fileprivate init?(_ row: [String?]) {
        guard let cluster = row[0], let side = row[2].flatMap(Side.init),
            let price = row[3].flatMap(Double.init),
            let edge = row[4].flatMap(Double.init), let edgeBeforeFee = row[5].flatMap(Double.init)
        else { return nil }
        var groups = [GradeGroup(.priceBand, priceBand(of: price))]
        for (dimension, name) in [(GradeGroup.Dimension.rule, row[6]), (.tier, row[7]), (.category, row[9])] {
            if let name { groups.append(GradeGroup(dimension, name)) }
        }
        let tags = row[8].flatMap { try? JSON($0) }?.array ?? []
        groups += Set(tags.compactMap(\.string)).map { GradeGroup(.tag, $0) }
        if let label = row[10] { groups.append(GradeGroup(.label, label)) }
        self.init(
            cluster: cluster, market: row[1] ?? cluster,
            impliedProbability: side == .buy ? price : 1 - price, isHit: edgeBeforeFee > 0, edge: edge,
            edgeBeforeFee: edgeBeforeFee, groups: groups)
    }
}
