import PMJSON
import PMRecord
import Signals

/// Grades as JSON and as a table.
package struct GradeReport: Sendable {
    package let grades: [Grade]

    package init(_ grades: [Grade]) {
        self.grades = grades
    }

    /// One JSON object for each grade. Rates are from 0 to 1, edges in cents per share.
    package var json: [[UInt8]] {
        grades.map { grade in
            var writer = JSONWriter()
            writer.object { $0.members(of: grade) }
            return writer.bytes
        }
    }

    /// A table for a terminal: a heading, and one line for each grade.
    package var table: [String] {
        var rows = [
            [
                "group", "trades", "markets", "hits", "95 %", "expected", "edge ¢", "95 %", "reversed ¢", "p",
                "verdict",
            ]
        ]
        for grade in grades {
            let name = grade.group == .all ? "all" : "\(grade.group.dimension.rawValue) \(grade.group.name)"
            let counts = [name, "\(grade.trades)", "\(grade.markets)"]
            guard grade.verdict != .withheld else {
                rows.append(counts + Array(repeating: "–", count: 7) + [grade.verdict.sentence])
                continue
            }
            rows.append(
                counts + [
                    percent(grade.hitRate),
                    "\(percent(grade.hitInterval.lowerBound))–\(percent(grade.hitInterval.upperBound))",
                    percent(grade.expectedRate), fixed(grade.edge, 2),
                    grade.edgeInterval.map { "\(fixed($0.lowerBound, 2)) to \(fixed($0.upperBound, 2))" }
                        ?? "–",
                    fixed(grade.reversedEdge, 2), grade.pValue.map { fixed($0, 3) } ?? "–",
                    grade.verdict.sentence,
                ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                // Text to the left, numbers to the right.
                return column == 0 || column == row.count - 1 ? row[column] + padding : padding + row[column]
            }.joined(separator: "  ").trimmingEnd
        }
    }
}

extension Grade.Verdict {
    /// The verdict for people.
    package var sentence: String {
        switch self {
        case .withheld: "fewer than \(Grade.fewestMarkets) markets"
        case .chance: "no better than chance"
        case .betterThanPrice: "better than the price"
        case .worseThanPrice: "worse than the price"
        }
    }
}

extension JSONWriter {
    fileprivate mutating func members(of grade: Grade) {
        member(Key.dimension, grade.group.dimension.rawValue)
        member(Key.name, grade.group.name)
        member(Key.trades, grade.trades)
        member(Key.markets, grade.markets)
        member(Key.verdict, grade.verdict.rawValue)
        guard grade.verdict != .withheld else { return }
        member(Key.hits, grade.hits)
        for (key, number) in [
            (Key.hitRate, grade.hitRate), (Key.hitRateLow, grade.hitInterval.lowerBound),
            (Key.hitRateHigh, grade.hitInterval.upperBound), (Key.expectedRate, grade.expectedRate),
            (Key.edge, grade.edge), (Key.edgeLow, grade.edgeInterval?.lowerBound),
            (Key.edgeHigh, grade.edgeInterval?.upperBound), (Key.edgeBeforeFee, grade.edgeBeforeFee),
            (Key.reversedEdge, grade.reversedEdge), (Key.designEffect, grade.designEffect),
            (Key.pValue, grade.pValue),
        ] {
            member(key, raw: number.map { fixed($0, 4).utf8 })
        }
    }
}

private func percent(_ rate: Double) -> String { "\(fixed(rate * 100, 1)) %" }

/// Returns a number with that many decimals.
private func fixed(_ number: Double, _ decimals: Int) -> String {
    let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
    let steps = Int64((number.magnitude * scale).rounded())
    let digits = String(steps)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = number < 0 && steps > 0 ? "-" : ""
    return decimals == 0 ? sign + padded : "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
