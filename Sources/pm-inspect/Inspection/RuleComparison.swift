import PMJSON
import PMPipe
import PMRecord

/// The alerts that several sets of thresholds made of one recording, side by side.
///
/// Two alerts are the same when they are about the same transaction and market, whatever their rule and revision.
package struct RuleComparison {
    /// The name of each set.
    package let names: [String]
    /// The market and hour of each alert, and a flag for each set that has it.
    private var alerts: [String: (market: String, hour: String, sets: [Bool])] = [:]

    package init(names: [String]) {
        self.names = names
    }

    /// Adds an alert record; other lines are ignored.
    package mutating func add(_ line: JSON, of set: Int) {
        guard line["kind"]?.string == Kind.alert.rawValue else { return }
        let market = line["title"]?.string ?? line["condition_id"]?.string ?? "-"
        let time = line["trade_time"]?.string ?? line["time"]?.string ?? "-"
        let key =
            "\(line["tx_hash"]?.string ?? line["trade_id"]?.string ?? "") \(line["condition_id"]?.string ?? "")"
        let hour = String(time.prefix(13)).replacing("T", with: " ") + ":00"
        alerts[key, default: (market, hour, names.map { _ in false })].sets[set] = true
    }

    /// A count for each set, for all sets in common, and for each set alone.
    package struct Row: Equatable {
        package let label: String
        package fileprivate(set) var totals: [Int]
        package fileprivate(set) var common = 0
        package fileprivate(set) var alone: [Int]
    }

    package var total: Row { row("all", of: alerts.values) }

    /// Rows by market, the one with the most alerts first.
    package var byMarket: [Row] {
        rows(by: \.market).sorted { ($0.totals.reduce(0, +), $1.label) > ($1.totals.reduce(0, +), $0.label) }
    }

    /// Rows by hour in UTC, the earliest first.
    package var byHour: [Row] { rows(by: \.hour).sorted { $0.label < $1.label } }

    private typealias Entry = (market: String, hour: String, sets: [Bool])

    private func rows(by label: (Entry) -> String) -> [Row] {
        Dictionary(grouping: alerts.values, by: label).map { row($0.key, of: $0.value) }
    }

    private func row(_ label: String, of entries: some Sequence<Entry>) -> Row {
        let none = names.map { _ in 0 }
        return entries.reduce(into: Row(label: label, totals: none, alone: none)) { row, entry in
            let count = entry.sets.count { $0 }
            if count == names.count { row.common += 1 }
            for (index, has) in entry.sets.enumerated() where has {
                row.totals[index] += 1
                if count == 1 { row.alone[index] += 1 }
            }
        }
    }

    /// The table, one line a row.
    ///
    /// - Parameter most: The most markets in it.
    package func table(most: Int = 20) -> [String] {
        let heads = names + ["in common"] + names.map { "only \($0)" }
        let widths = heads.map { max($0.count, 6) }
        func line(_ label: String, _ cells: [String]) -> String {
            let text = shown(label)
            return text.prefix(44) + String(repeating: " ", count: max(2, 46 - text.count))
                + zip(cells, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }
                .joined(separator: "  ")
        }
        func line(_ row: Row) -> String {
            line(row.label, (row.totals + [row.common] + row.alone).map(String.init))
        }
        var lines = [line("alerts", heads), line(total), ""]
        lines.append(line("by hour (UTC)", heads))
        lines += byHour.map(line)
        lines += ["", line("by market", heads)]
        lines += byMarket.prefix(most).map(line)
        if byMarket.count > most { lines.append("and \(byMarket.count - most) more markets") }
        return lines
    }
}
