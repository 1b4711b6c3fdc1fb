/// An SVG picture of a comparison: a group of bars for each hour, a bar for each set of thresholds.
package struct ComparisonChart {
    private let comparison: RuleComparison

    private static let colours = ["#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626"]
    private static let height = 240
    private static let margin = 48
    private static let bar = 14

    package init(_ comparison: RuleComparison) {
        self.comparison = comparison
    }

    package var svg: String {
        let rows = comparison.byHour
        let group = (comparison.names.count + 1) * Self.bar
        let width = max(420, 2 * Self.margin + rows.count * group)
        let highest = max(1, rows.flatMap(\.totals).max() ?? 1)
        var parts = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(width) \#(Self.height + 3 * Self.margin)" "#
                + #"font-family="system-ui, sans-serif" font-size="12" role="img">"#,
            "<title>Alerts by hour</title>",
            #"<rect width="100%" height="100%" fill="white"/>"#,
        ]
        let base = Self.height + Self.margin
        parts.append(text("\(highest)", x: Self.margin - 6, y: Self.margin + 4, anchor: "end"))
        parts.append(text("0", x: Self.margin - 6, y: base, anchor: "end"))
        parts.append(
            #"<line x1="\#(Self.margin)" x2="\#(width - Self.margin)" y1="\#(base)" y2="\#(base)" stroke="dimgray"/>"#
        )
        for (index, row) in rows.enumerated() {
            let left = Self.margin + index * group
            for (set, count) in row.totals.enumerated() {
                let size = count * Self.height / highest
                let name = escaped("\(row.label) \(comparison.names[set]): \(count)")
                parts.append(
                    #"<rect x="\#(left + set * Self.bar)" y="\#(base - size)" width="\#(Self.bar - 2)" "#
                        + #"height="\#(size)" fill="\#(colour(set))"><title>\#(name)</title></rect>"#)
            }
            // A label for each group would overlap: one for every fourth, and the first.
            if index % max(1, 72 / group) == 0 {
                parts.append(text(String(row.label.dropFirst(5)), x: left, y: base + 16, anchor: "start"))
            }
        }
        for (set, name) in comparison.names.enumerated() {
            let y = base + 40 + set * 18
            parts.append(
                #"<rect x="\#(Self.margin)" y="\#(y - 10)" width="12" height="12" fill="\#(colour(set))"/>"#)
            let total = comparison.total
            parts.append(
                text(
                    "\(name): \(total.totals[set]) alerts, \(total.alone[set]) of them only here",
                    x: Self.margin + 20, y: y, anchor: "start"))
        }
        return (parts + ["</svg>", ""]).joined(separator: "\n")
    }

    private func colour(_ set: Int) -> String { Self.colours[set % Self.colours.count] }

    private func text(_ text: String, x: Int, y: Int, anchor: String) -> String {
        #"<text x="\#(x)" y="\#(y)" text-anchor="\#(anchor)">\#(escaped(text))</text>"#
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
