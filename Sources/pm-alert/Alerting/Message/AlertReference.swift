import Crypto
import PMRecord

/// The id of an alert, in 16 bytes: its text has 32 hex digits.
///
/// Queues and tables hold up to a hundred thousand ids, and a `String` of this length takes 80 bytes.
package struct AlertID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// - Parameter text: 32 lower-case hex digits. Another text is hashed.
    package init(_ text: String) {
        let isID = text.utf8.count == 32 && text.utf8.allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 }
        let digits = isID ? text : sha256(text.utf8).hexadecimal
        high = UInt64(digits.prefix(16), radix: 16)!
        low = UInt64(digits.dropFirst(16).prefix(16), radix: 16)!
    }
}

extension AlertID: CustomStringConvertible {
    package var description: String {
        [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// The id of one revision of an alert.
package struct RevisionID: Hashable, Sendable {
    package let id: AlertID
    package let revision: Int32

    package init(_ id: AlertID, _ revision: Int) {
        self.id = id
        self.revision = Int32(clamping: revision)
    }
}

/// The parts of an alert that a queue and a digest need. The alert itself is in the outbox.
package struct AlertReference: Sendable {
    package let revisionID: RevisionID
    /// The value in millionths of a dollar; 0 when unknown.
    let micros: Int64
    /// The trade's time.
    let time: Timestamp?

    package init(_ alert: Alert) {
        revisionID = alert.revisionID
        micros = Int64(clamping: alert.value?.micros ?? 0)
        time = alert.trade.time
    }

    package var id: AlertID { revisionID.id }
    package var revision: Int { Int(revisionID.revision) }
}
