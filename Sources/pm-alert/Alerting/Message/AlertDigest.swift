import Crypto
import PMRecord

/// Several alerts in one message.
///
/// The alerts stay in the outbox: a hundred thousand of them may wait for one receiver.
package struct AlertDigest {
    let id: String
    let references: [AlertReference]
    private let load: (RevisionID) -> Alert?

    /// The number of alerts that are listed one by one.
    private static let listed = 5

    /// - Parameter load: Returns an alert from the outbox; `nil` if it cannot be read.
    init(_ references: [AlertReference], load: @escaping (RevisionID) -> Alert?) {
        self.references = references
        self.load = load
        let key = "pm-digest1|" + references.map(\.id.description).joined(separator: "|")
        id = String(sha256(key.utf8).hexadecimal.prefix(32))
    }

    var count: Int { references.count }

    /// The alerts themselves, without those that cannot be read.
    var alerts: [Alert] { references.compactMap { load($0.revisionID) } }

    /// `41 alerts were delayed, of trades worth $1,204,000 from 10:02 to 10:40 UTC on 2026-11-22.`
    var summary: String {
        let total = Decimal(micros: references.reduce(0) { $0 + Int128($1.micros) })
        var sentence = "\(count) alerts were delayed, of trades worth \(DisplayFormat.dollars(total))"
        let times = references.compactMap(\.time)
        if let first = times.min(), let last = times.max() {
            sentence += " from \(minute(first)) to \(minute(last)) UTC on \(first.description.prefix(10))"
        }
        return sentence + "."
    }

    /// The time of the decision on the first alert.
    var decidedAt: Timestamp? { references.lazy.compactMap { load($0.revisionID)?.decidedAt }.first }

    /// The messages of the alerts of highest value, highest first.
    var largest: [String] {
        references.sorted { $0.micros > $1.micros }.prefix(Self.listed).compactMap {
            load($0.revisionID)?.message
        }
    }

    /// `10:02`
    private func minute(_ time: Timestamp) -> Substring {
        time.description.dropFirst(11).prefix(5)
    }
}
