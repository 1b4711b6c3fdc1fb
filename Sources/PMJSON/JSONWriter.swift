/// Writes one JSON text and places the commas.
///
/// Strings are escaped so that the text stays one line and is safe in a terminal: control characters, DEL, C1
/// and the marks that reorder or hide text become `\u` escapes, which mean the same to a parser.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init() {}

    package mutating func object(_ content: (inout JSONWriter) -> Void) {
        open(Byte.openBrace)
        content(&self)
        close(Byte.closeBrace)
    }

    package mutating func array(_ content: (inout JSONWriter) -> Void) {
        open(Byte.openBracket)
        content(&self)
        close(Byte.closeBracket)
    }

    package mutating func key(_ name: JSONKey) {
        name.name.withUTF8Buffer { appendKey($0) }
    }

    package mutating func key(_ name: String) {
        appendKey(name.utf8)
    }

    package mutating func string(_ text: some StringProtocol) {
        separate()
        appendQuoted(text.utf8)
    }

    package mutating func integer(_ number: some BinaryInteger) {
        raw(String(number).utf8)
    }

    package mutating func bool(_ flag: Bool) {
        raw((flag ? "true" : "false").utf8)
    }

    package mutating func null() {
        raw("null".utf8)
    }

    /// Writes a value that is already JSON.
    package mutating func raw(_ value: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(Byte.comma) }
    }

    private mutating func appendKey(_ name: some Collection<UInt8>) {
        separate()
        appendQuoted(name)
        bytes.append(Byte.colon)
        needsComma = false
    }

    private mutating func appendQuoted(_ text: some Collection<UInt8>) {
        bytes.append(Byte.quote)
        bytes.append(escaping: text)
        bytes.append(Byte.quote)
        needsComma = true
    }
}

extension JSONWriter {
    /// Writes one member, unless the value is `nil`.
    package mutating func member(_ name: JSONKey, _ text: String?) {
        guard let text else { return }
        key(name)
        string(text)
    }

    package mutating func member(_ name: JSONKey, _ number: (some BinaryInteger)?) {
        guard let number else { return }
        key(name)
        integer(number)
    }

    package mutating func member(_ name: JSONKey, _ flag: Bool?) {
        guard let flag else { return }
        key(name)
        bool(flag)
    }

    /// Writes one member whose value is already JSON.
    package mutating func member(_ name: JSONKey, raw value: (some Sequence<UInt8>)?) {
        guard let value else { return }
        key(name)
        raw(value)
    }
}

extension Unicode.Scalar {
    /// True if the scalar could mislead a terminal or a reader: C0, DEL, C1, zero-width and bidirectional
    /// controls.
    package var isUnsafeToShow: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
