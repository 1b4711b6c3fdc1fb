import Crypto
import PMRecord

/// Returns the id by which the servers recognize a second copy of a line.
///
/// | kind | id |
/// |---|---|
/// | trade | `<id>.<revision>` |
/// | gap | `<id>.<state>.<recovered>` |
/// | retract | `r.<id>`; `<id>` alone would look like a trade's |
/// | any other | the SHA-256 of the line, 64 hex digits |
///
/// Two hosts that receive the same trade emit different lines (`seq`, `received_at`), which have the same id.
package func messageID(of record: Record) -> String {
    guard let id = record.text(Key.id), !id.isEmpty, id.utf8.allSatisfy(isPlain) else {
        return digest(record)
    }
    switch record.kind {
    case .trade: return "\(id).\(record.revision)"
    case .gap:
        let state = record.text(Key.state) ?? ""
        guard state.utf8.allSatisfy(isPlain) else { return digest(record) }
        return "\(id).\(state).\(record.integer(Key.recovered) ?? 0)"
    // A retraction that says more than its id, such as its reversal, is another message.
    case .retract where record.text(Key.state) == nil: return "r.\(id)"
    default: return digest(record)
    }
}

private func digest(_ record: Record) -> String {
    sha256(record.bytes).hexadecimal
}

/// True for the bytes that a message header may have without an escape: letters, digits, `.`, `-` and `_`.
private func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
    default: false
    }
}
