import PMJSON
import PMPipe
import PMRecord

extension HealthReport {
    /// The body of `GET /metrics`: all figures of the status files, in Prometheus' text format.
    ///
    /// Figures that every stage has are `pm_…{stage="…"}`, the others `pm_<stage>_…`. Counters end in `_total`.
    /// Source: Prometheus' documentation, "Metric and label naming".
    var metrics: String {
        var metrics = MetricsText()
        metrics.add(
            "pm_pipeline_serving", "1 if GET /health answers 200, else 0.", [], status.isServing ? 1 : 0)
        metrics.add("pm_gaps_open", "Gaps in the feeds that are not back-filled yet.", [], openGaps)
        // Silence is expected at the end of the input.
        if let silence, stages.first?.state != .ended {
            metrics.add(
                "pm_feed_silence_seconds", "Time since the last message of a feed.", [],
                number: seconds(silence))
        }
        metrics.add("pm_build_info", "1, with the version of pm-alert as a label.", [("version", version)], 1)
        metrics.add(
            histogram: "pm_live_delay_seconds", "Time from receiving a trade to publishing it.", delays)
        for stage in stages {
            let labels = [("stage", stage.name.rawValue)]
            metrics.add(
                "pm_up", "1 if the stage runs and writes its status file, or has ended with its input.",
                labels, [.ok, .ended].contains(stage.state) ? 1 : 0)
            metrics.add(
                "pm_ended", "1 if the stage has ended with its input.", labels,
                stage.state == .ended ? 1 : 0)
            if let lag = stage.lag {
                metrics.add(
                    "pm_lag_seconds", "Time that the stage is behind the head of the pipeline.", labels,
                    number: seconds(lag))
            }
            if let age = stage.lastInputAge {
                metrics.add(
                    "pm_last_input_age_seconds", "Time since the last input line.", labels,
                    number: seconds(age))
            }
            guard case .object(let members) = stage.status else { continue }
            for (key, value) in members { add(key, value, of: stage, to: &metrics) }
        }
        return metrics.text
    }

    private func add(_ key: String, _ value: JSON, of stage: StageHealth, to metrics: inout MetricsText) {
        let labels = [("stage", stage.name.rawValue)]
        switch (key, value) {
        case ("stage", _), ("pid", _), ("started_at", _), ("written_at", _), ("ended_at", _),
            ("last_input_at", _):
            break
        case ("lines_in", .number(let n)):
            metrics.add("pm_lines_in_total", "Input lines.", labels, number: n)
        case ("lines_out", .number(let n)):
            metrics.add("pm_lines_out_total", "Output lines.", labels, number: n)
        case ("amended", .number(let n)):
            metrics.add(
                "pm_amended_total", "Additional output lines: later revisions, marks, alerts.", labels,
                number: n)
        case ("rejected", .number(let n)):
            metrics.add("pm_rejected_total", "Input lines that were rejected.", labels, number: n)
        case ("uptime_s", .number(let n)):
            metrics.add("pm_uptime_seconds", "Time since the start of the stage.", labels, number: n)
        case ("rss_bytes", .number(let n)): metrics.add("pm_rss_bytes", "Resident memory.", labels, number: n)
        case ("last_mark", .number(let n)):
            metrics.add("pm_last_mark", "Sequence number of the last mark.", labels, number: n)
        case ("dropped", .object(let reasons)):
            for case (let reason, .number(let n)) in reasons {
                metrics.add(
                    "pm_dropped_total", "Input lines that were not passed on, by reason.",
                    labels + [("reason", reason)],
                    number: n)
            }
        case ("consumed", .object(let kinds)):
            for case (let kind, .number(let n)) in kinds {
                metrics.add(
                    "pm_consumed_total", "Input lines that end in the stage, by kind.",
                    labels + [("kind", kind)], number: n)
            }
        case ("errors", .object(let categories)):
            for case (let category, .number(let n)) in categories {
                metrics.add(
                    "pm_errors_total", "Errors, by category.", labels + [("category", category)], number: n)
            }
        case ("shortened", .number(let n)):
            metrics.add(
                "pm_shortened_total", "Lines that were shortened to the greatest length.", labels, number: n)
        default:
            let figure = Figure(
                name: stage.name.rawValue.replacing("-", with: "_") + "_" + key,
                isCounter: CounterNames.contains(key, of: stage.name))
            add(figure, value, [], to: &metrics)
        }
    }

    /// Adds a figure that only one stage has: a number as it is, a Boolean as 1 or 0, a time in seconds since 1970,
    /// another string as a label, an array as its count, and the members of an object by their names.
    private func add(
        _ figure: Figure, _ value: JSON, _ labels: [(String, String)], to metrics: inout MetricsText
    ) {
        let (name, help) = (figure.name, "Figure of the stage's status file.")
        switch value {
        case .number(let n): metrics.add(figure.isCounter ? "\(name)_total" : name, help, labels, number: n)
        case .bool(let flag): metrics.add(name, help, labels, flag ? 1 : 0)
        case .string(let text):
            if let time = Timestamp(text) {
                metrics.add(
                    "\(name)_timestamp_seconds", help, labels,
                    number: seconds(.milliseconds(time.milliseconds)))
            } else {
                metrics.add(name, help, labels + [("value", text)], 1)
            }
        case .object(let members):
            for (key, value) in members {
                // The outer object names things, the inner one has the figures of each.
                if labels.isEmpty {
                    add(figure, value, [("name", key)], to: &metrics)
                } else {
                    let part = Figure(name: "\(name)_\(key)", isCounter: figure.isCounter)
                    add(part, value, labels, to: &metrics)
                }
            }
        case .array(let elements): metrics.add(name, help, labels, elements.count)
        case .null: break
        }
    }

    /// A figure that only one stage has.
    private struct Figure {
        let name: String
        let isCounter: Bool
    }
}
