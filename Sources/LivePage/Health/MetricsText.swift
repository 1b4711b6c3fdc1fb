import PMPipe

/// Metrics in Prometheus' text format.
///
/// The format wants all samples of one name together, so they are grouped by name until the text is made.
/// Source: Prometheus' documentation, "Exposition formats".
struct MetricsText {
    private typealias Family = (name: String, help: String, samples: [String])

    private var families: [Family] = []
    private var indexes: [String: Int] = [:]

    mutating func add(_ name: String, _ help: String, _ labels: [(String, String)], _ value: Int) {
        add(name, help, labels, number: String(value))
    }

    /// - Parameters:
    ///   - name: Characters that a metric's name cannot have become `_`.
    ///   - number: As JSON writes it.
    mutating func add(_ name: String, _ help: String, _ labels: [(String, String)], number: String) {
        let name = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        let pairs = labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
        let sample = name + (pairs.isEmpty ? "" : "{\(pairs)}") + " " + number
        if let index = indexes[name] {
            families[index].samples.append(sample)
        } else {
            indexes[name] = families.count
            families.append((name, help, [sample]))
        }
    }

    /// The text; names that end in `_total` are counters, all others gauges.
    var text: String {
        families.map { family in
            let type = family.name.hasSuffix("_total") ? "counter" : "gauge"
            return "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(type)\n"
                + family.samples.map { "\($0)\n" }.joined()
        }.joined()
    }

    private func escaped(_ value: String) -> String {
        shown(value).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
