import PMJSON
import PMPipe
import PMRecord

extension HealthReport {
    /// The stages' figures in Prometheus' text format.
    ///
    /// Every number of a status file is here: those that all stages have as `pm_…{stage="…"}`, the others as
    /// `pm_<stage>_…`. Counters end in `_total`.
    var metrics: String {
        var page = MetricsPage()
        page.add("pm_pipeline_serving", "Whether GET /health answers 200.", [], isServing ? 1 : 0)
        page.add(
            "pm_gaps_open", "Stretches in which a feed was not heard and which are not repaired.", [],
            gapsOpen)
        // Of a feed that is at its end nothing more is to be heard.
        if let silence, stages.first?.state != .ended {
            page.add(
                "pm_feed_silence_seconds", "Since the feed was last heard.", [], number: seconds(silence))
        }
        for (quantile, delay) in delays {
            page.add(
                "pm_live_delay_seconds", "From hearing a trade to showing it, of the last five hundred.",
                [("quantile", quantile)], number: seconds(delay))
        }
        for stage in stages {
            let labels = [("stage", stage.name)]
            page.add(
                "pm_up", "Whether the stage runs and keeps its status file, or has ended with its input.",
                labels, [.ok, .ended].contains(stage.state) ? 1 : 0)
            page.add(
                "pm_ended", "Whether the stage has ended with its input.", labels,
                stage.state == .ended ? 1 : 0)
            if let lag = stage.lag {
                page.add(
                    "pm_lag_seconds", "How far the stage is behind the head.", labels, number: seconds(lag))
            }
            if let age = stage.lastInputAge {
                page.add(
                    "pm_last_input_age_seconds", "Since a line last came in.", labels, number: seconds(age))
            }
            guard case .object(let members) = stage.status else { continue }
            for (key, value) in members { add(key, value, of: stage, to: &page) }
        }
        return page.text
    }

    private func add(_ key: String, _ value: JSON, of stage: Stage, to page: inout MetricsPage) {
        let labels = [("stage", stage.name)]
        switch (key, value) {
        case ("stage", _), ("pid", _), ("started_at", _), ("written_at", _), ("ended_at", _),
            ("last_input_at", _):
            break
        case ("lines_in", .number(let n)):
            page.add("pm_lines_in_total", "Lines that came in.", labels, number: n)
        case ("lines_out", .number(let n)):
            page.add("pm_lines_out_total", "Lines that went out.", labels, number: n)
        case ("amended", .number(let n)):
            page.add("pm_amended_total", "Lines made besides those that came in.", labels, number: n)
        case ("rejected", .number(let n)):
            page.add("pm_rejected_total", "Lines that could not be used.", labels, number: n)
        case ("uptime_s", .number(let n)):
            page.add("pm_uptime_seconds", "Since the stage began.", labels, number: n)
        case ("rss_bytes", .number(let n)): page.add("pm_rss_bytes", "Memory in use.", labels, number: n)
        case ("last_mark", .number(let n)): page.add("pm_last_mark", "The last mark seen.", labels, number: n)
        case ("dropped", .object(let reasons)):
            for case (let reason, .number(let n)) in reasons {
                page.add(
                    "pm_dropped_total", "Lines that went no further.", labels + [("reason", reason)],
                    number: n)
            }
        case ("errors", .object(let categories)):
            for case (let category, .number(let n)) in categories {
                page.add("pm_errors_total", "Errors.", labels + [("category", category)], number: n)
            }
        default: addFigure(stage.name.replacing("-", with: "_") + "_" + key, value, [], to: &page)
        }
    }

    /// What one stage alone has: a number or a truth as it is, an object's members by their names, a time as seconds
    /// since 1970, and another word as a label.
    private func addFigure(
        _ name: String, _ value: JSON, _ labels: [(String, String)], to page: inout MetricsPage
    ) {
        let help = "As the stage's status file has it."
        switch value {
        case .number(let n): page.add(name, help, labels, number: n)
        case .bool(let truth): page.add(name, help, labels, truth ? 1 : 0)
        case .string(let text):
            if let time = Timestamp(text) {
                page.add(
                    "\(name)_timestamp_seconds", help, labels,
                    number: seconds(.milliseconds(time.milliseconds)))
            } else {
                page.add(name, help, labels + [("value", text)], 1)
            }
        case .object(let members):
            for (key, value) in members {
                // An object within an object: the outer one names things, the inner one what each of them has.
                if labels.isEmpty {
                    addFigure(name, value, [("name", key)], to: &page)
                } else {
                    addFigure("\(name)_\(key)", value, labels, to: &page)
                }
            }
        case .array(let elements): page.add("\(name)_count", help, labels, elements.count)
        case .null: break
        }
    }
}

/// Metrics gathered by name, for the format wants those of one name together.
private struct MetricsPage {
    private var families: [(name: String, help: String, samples: [String])] = []
    private var places: [String: Int] = [:]

    mutating func add(_ name: String, _ help: String, _ labels: [(String, String)], _ value: Int) {
        add(name, help, labels, number: String(value))
    }

    mutating func add(_ name: String, _ help: String, _ labels: [(String, String)], number: String) {
        let name = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        let pairs = labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
        let sample = name + (pairs.isEmpty ? "" : "{\(pairs)}") + " " + number
        if let place = places[name] {
            families[place].samples.append(sample)
        } else {
            places[name] = families.count
            families.append((name, help, [sample]))
        }
    }

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
