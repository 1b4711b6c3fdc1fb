import PMJSON
import PMRecord

/// Returns the text as one line of at most `limit` characters, without characters that reorder, hide or break text.
///
/// Keeps at most four combining marks a character, and none at the beginning, where they would combine with the text
/// before.
func plain(_ text: String, atMost limit: Int) -> String {
    // Nearly every text is plain already. To look up each character's properties costs 3 µs a text.
    if text.utf8.count <= limit, isPlain(text.utf8) { return text }
    var line = String.UnicodeScalarView()
    var marks = 0
    for scalar in text.unicodeScalars.prefix(limit * 4) {
        marks = scalar.properties.isGraphemeExtend ? marks + 1 : 0
        guard marks == 0 || marks <= 4 && !line.isEmpty else { continue }
        line.append(scalar.isUnsafeToShow ? " " : scalar)
    }
    let joined = String(line).split(separator: " ").joined(separator: " ")
    return joined.count > limit ? joined.prefix(limit - 1) + "…" : joined
}

/// Returns true for printable ASCII without spaces at the ends or next to each other.
private func isPlain(_ text: String.UTF8View) -> Bool {
    var wasSpace = true
    for byte in text {
        guard 0x20...0x7E ~= byte else { return false }
        let isSpace = byte == UInt8(ascii: " ")
        if isSpace, wasSpace { return false }
        wasSpace = isSpace
    }
    return !wasSpace || text.isEmpty
}
