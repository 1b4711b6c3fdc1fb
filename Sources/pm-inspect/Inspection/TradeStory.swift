import PMJSON
import PMPipe
import PMRecord

/// The events of one trade, from the exchange to the receivers, in the order of time.
package struct TradeStory {
    private var events: [(time: Timestamp, text: String)] = []
    private var hasVerdict = false
    private var alerts: [String: String] = [:]
    /// The journaled line.
    package private(set) var line: [UInt8]?
    private let id: String

    /// - Parameter id: The trade's id, 32 hex digits.
    package init(of id: String) {
        self.id = id
    }

    /// Adds a line of the journal that contains the trade's id.
    package mutating func addJournaled(_ bytes: [UInt8]) {
        guard let json = try? JSON(bytes), json["id"]?.string == id else { return }
        let seq = json["seq"]?.numberText ?? "-"
        switch json["kind"]?.string {
        case Kind.trade.rawValue:
            line = bytes
            let what =
                "\(json["side"]?.string ?? "") \(json["value"]?.numberText ?? "-") dollars, "
                + "\(shown(json["title"]?.string ?? json["condition_id"]?.string ?? ""))"
            add(json["time"], "made on the exchange: \(what)")
            add(json["received_at"], "received (\(json["via"]?.string ?? "-")) and journaled as line \(seq)")
        case Kind.retract.rawValue:
            add(json["received_at"] ?? json["time"], "withdrawn: \(json["reason"]?.string ?? "-")")
        default: break
        }
    }

    /// Adds the verdict of pm-filter with the present thresholds, which has no time.
    package mutating func addVerdict(_ text: String) {
        verdict = text
    }

    private var verdict: String?

    /// Adds the stored record, and the time of its first commit.
    package mutating func addStored(_ record: String, at time: String) {
        guard let json = try? JSON(record) else { return }
        let enrichment = json["enrichment"]?.string ?? "none"
        let reason = json["enrichment_reason"]?.string.map { " (\($0))" } ?? ""
        add(.string(time), "first stored")
        for part in ["profile", "market", "impact", "rank"] {
            add(json[part]?["as_of"], "looked up: \(part)")
        }
        states.append(
            "stored as revision \(json["revision"]?.numberText ?? "0"), enrichment \(enrichment)\(reason)")
    }

    private var states: [String] = []

    /// Adds a line of the outbox.
    package mutating func addOutbox(_ entry: JSON) {
        guard let alert = entry["id"]?.string, let name = entry["entry"]?.string else { return }
        if name == "alert",
            entry["trade"]?["id"]?.string == id
                || entry["burst"]?["ids"]?.array?.contains(.string(id)) == true
        {
            alerts[alert] = entry["rule"]?.string ?? "-"
            let subscriber = entry["subscriber"]?.string.map { " for \(shown($0))" } ?? ""
            add(entry["time"], "alert \(alert) decided\(subscriber), rule \(entry["rule"]?.string ?? "-")")
        } else if alerts[alert] != nil {
            let channel = entry["channel"]?.string.map { " on \($0)" } ?? ""
            let reason = entry["reason"]?.string.map { ": \(shown($0))" } ?? ""
            add(entry["time"], "alert \(alert) \(name)\(channel)\(reason)")
        }
    }

    private mutating func add(_ time: JSON?, _ text: String) {
        guard let time = time?.string.flatMap({ Timestamp($0) }) else { return }
        events.append((time, text))
    }

    package var isEmpty: Bool { events.isEmpty }

    /// The story: each event with its time and the time since the one before.
    package var lines: [String] {
        var lines: [String] = []
        var last: Timestamp?
        for event in events.sorted(by: { $0.time < $1.time }) {
            let wait = last.map { "+\(seconds($0.duration(to: event.time)))" } ?? ""
            lines.append(
                "\(event.time)  \(String(repeating: " ", count: max(0, 10 - wait.count)))\(wait)  \(event.text)"
            )
            last = event.time
        }
        if let verdict { lines.append("pm-filter, with the present thresholds: \(verdict)") }
        lines += states
        if alerts.isEmpty {
            lines.append("no alert in the outbox; pm-alert explain tells the rules' verdict")
        }
        return lines
    }

    private func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.inMilliseconds
        let digits = String(milliseconds % 1000)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits) s"
    }
}
