import Crypto
import PMRecord

/// Several alerts in one message.
struct AlertDigest {
    let id: String
    let alerts: [Alert]

    /// The number of alerts that are listed one by one.
    private static let listed = 5

    init(_ alerts: [Alert]) {
        self.alerts = alerts
        let key = "pm-digest1|" + alerts.map(\.id).joined(separator: "|")
        id = String(sha256(key.utf8).hexadecimal.prefix(32))
    }

    /// `41 alerts were delayed, of trades worth $1,204,000 from 10:02 to 10:40 UTC on 2026-11-22.`
    var summary: String {
        let total = alerts.compactMap(\.value).reduce(Decimal.zero) { $0.adding($1) }
        var sentence = "\(alerts.count) alerts were delayed, of trades worth \(DisplayFormat.dollars(total))"
        let times = alerts.compactMap(\.trade.time)
        if let first = times.min(), let last = times.max() {
            sentence += " from \(minute(first)) to \(minute(last)) UTC on \(first.description.prefix(10))"
        }
        return sentence + "."
    }

    /// The messages of the alerts of highest value, highest first.
    var largest: [String] {
        alerts.sorted { ($0.value ?? .zero) > ($1.value ?? .zero) }.prefix(Self.listed).map(\.message)
    }

    /// `10:02`
    private func minute(_ time: Timestamp) -> Substring {
        time.description.dropFirst(11).prefix(5)
    }
}
