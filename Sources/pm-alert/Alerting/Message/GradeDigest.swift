import PMRecord
import Signals

/// The grades of a period in some sentences, for people.
package struct GradeDigest: Sendable {
    private let grades: [Grade]
    private let since: Timestamp
    private let until: Timestamp

    package init(_ grades: [Grade], since: Timestamp, until: Timestamp) {
        self.grades = grades
        self.since = since
        self.until = until
    }

    /// `Alerts of 2026-11-24 to 2026-12-01: 41 trades in 33 markets are settled. …`
    package var text: String {
        let period = "Alerts of \(since.description.prefix(10)) to \(until.description.prefix(10))"
        guard let all = grades.first(where: { $0.group == .all }) else {
            return "\(period): none is settled yet."
        }
        let counts = "\(period): \(all.trades) trades in \(all.markets) markets are settled."
        guard all.verdict != .withheld else {
            return "\(counts) Fewer than \(Grade.fewestMarkets) markets say nothing yet."
        }
        let interval = all.edgeInterval.map { " (\(cents($0.lowerBound)) to \(cents($0.upperBound)))" } ?? ""
        return """
            \(counts) \(percent(all.hitRate)) were right (\(percent(all.hitInterval.lowerBound)) to \
            \(percent(all.hitInterval.upperBound))); the prices paid said \(percent(all.expectedRate)). The mean edge is \
            \(cents(all.edge)) a share after fees\(interval). \(standouts)
            """
    }

    /// The groups whose results chance does not explain.
    private var standouts: String {
        func names(_ verdict: Grade.Verdict) -> String {
            grades.filter { $0.group != .all && $0.verdict == verdict }.map {
                "\($0.group.name) (\(cents($0.edge)), \($0.markets) markets)"
            }.joined(separator: ", ")
        }
        let (better, worse) = (names(.betterThanPrice), names(.worseThanPrice))
        let sentences = [
            better.isEmpty ? nil : "Better than the price: \(better).",
            worse.isEmpty ? nil : "Worse than the price: \(worse).",
        ].compactMap(\.self)
        return sentences.isEmpty ? "No rule or tag differs from chance." : sentences.joined(separator: " ")
    }
}

private func percent(_ rate: Double) -> String { "\(Int((rate * 100).rounded())) %" }

/// `+2.1¢`
private func cents(_ edge: Double) -> String {
    let tenths = Int((edge.magnitude * 10).rounded())
    return "\(tenths == 0 ? "" : edge < 0 ? "−" : "+")\(tenths / 10).\(tenths % 10)¢"
}
