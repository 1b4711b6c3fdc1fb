import PMPipe

/// Metrics in Prometheus' text format.
///
/// The format wants all samples of one name together, so they are grouped by name until the text is made.
/// Source: Prometheus' documentation, "Exposition formats".
struct MetricsText {
    private struct Family {
        let name: String
        let help: String
        let type: String
        var samples: [String] = []
    }

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
        let type = name.hasSuffix("_total") ? "counter" : "gauge"
        add([sample(name, labels, number)], to: name, help, type)
    }

    /// Adds a histogram in seconds.
    mutating func add(histogram name: String, _ help: String, _ histogram: DelayHistogram) {
        var samples = histogram.cumulative.map { bound, count in
            sample("\(name)_bucket", [("le", seconds(bound))], String(count))
        }
        samples.append(sample("\(name)_bucket", [("le", "+Inf")], String(histogram.count)))
        samples.append(sample("\(name)_sum", [], seconds(histogram.sum)))
        samples.append(sample("\(name)_count", [], String(histogram.count)))
        add(samples, to: name, help, "histogram")
    }

    /// The text; names that end in `_total` are counters, all others gauges or histograms.
    var text: String {
        families.map { family in
            "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.type)\n"
                + family.samples.map { "\($0)\n" }.joined()
        }.joined()
    }

    private mutating func add(_ samples: [String], to name: String, _ help: String, _ type: String) {
        if indexes[name] == nil {
            indexes[name] = families.count
            families.append(Family(name: name, help: help, type: type))
        }
        families[indexes[name]!].samples += samples
    }

    private func sample(_ name: String, _ labels: [(String, String)], _ number: String) -> String {
        let pairs = labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
        return name + (pairs.isEmpty ? "" : "{\(pairs)}") + " " + number
    }

    private func escaped(_ value: String) -> String {
        shown(value).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
