import Crypto
import PMRecord

/// Several alerts told in one message.
struct Digest {
    let id: String
    let alerts: [Alert]

    /// The largest of them, which are told by their sentence.
    private static let most = 5

    init(_ alerts: [Alert]) {
        self.alerts = alerts
        id = String(
            Crypto.sha256(("pm-digest1|" + alerts.map(\.id).joined(separator: "|")).utf8).hexadecimal.prefix(
                32))
    }

    /// `41 alerts were delayed, of trades worth $1,204,000 from 10:02 to 10:40 UTC on 2026-11-22.`
    var summary: String {
        let worth = alerts.compactMap(\.value).reduce(Decimal.zero) { $0.adding($1) }
        var sentence = "\(alerts.count) alerts were delayed, of trades worth \(Wording.dollars(worth))"
        let times = alerts.compactMap(\.trade.time)
        if let first = times.min(), let last = times.max() {
            sentence += " from \(minute(first)) to \(minute(last)) UTC on \(first.description.prefix(10))"
        }
        return sentence + "."
    }

    /// The sentences of the largest, largest first.
    var largest: [String] {
        alerts.sorted { ($0.value ?? .zero) > ($1.value ?? .zero) }.prefix(Self.most).map(
            \.message)
    }

    private func minute(_ time: Timestamp) -> Substring {
        time.description.dropFirst(11).prefix(5)
    }
}
