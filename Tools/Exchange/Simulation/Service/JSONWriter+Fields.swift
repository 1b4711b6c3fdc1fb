import PMJSON

/// Members as the exchange's servers write them: only what JSON demands is escaped, so that a reader meets every
/// character that a title may hold.
extension JSONWriter {
    mutating func field(_ name: String, _ text: String) {
        key(name)
        value(text)
    }

    mutating func value(_ text: String) {
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += [UInt8(ascii: "\\"), byte]
            case 0x0A: quoted += Array(#"\n"#.utf8)
            case 0x0D: quoted += Array(#"\r"#.utf8)
            case 0x09: quoted += Array(#"\t"#.utf8)
            case ..<0x20:
                quoted +=
                    Array(#"\u00"#.utf8) + (byte < 16 ? [0x30] : []) + Array(String(byte, radix: 16).utf8)
            default: quoted.append(byte)
            }
        }
        raw(quoted + [UInt8(ascii: "\"")])
    }

    /// A number with exactly these digits, or a text that holds it.
    mutating func field(_ name: String, digits: String, asText: Bool = false) {
        key(name)
        if asText { string(digits) } else { raw(digits.utf8) }
    }

    mutating func field(_ name: String, _ number: some BinaryInteger) {
        key(name)
        integer(number)
    }

    /// An amount, rounded to 4 decimals.
    mutating func field(_ name: String, dollars: Double) {
        field(name, digits: decimalText(dollars: dollars))
    }

    /// Millionths as an amount.
    mutating func field(_ name: String, micros: Int) {
        field(name, digits: micros < 0 ? "-" + decimalText(micros: -micros) : decimalText(micros: micros))
    }

    mutating func field(_ name: String, _ flag: Bool) {
        key(name)
        bool(flag)
    }

    mutating func null(_ name: String) {
        key(name)
        null()
    }

    /// A text, or null.
    mutating func field(_ name: String, orNull text: String?) {
        if let text { field(name, text) } else { null(name) }
    }

    mutating func field(_ name: String, texts: [String]) {
        key(name)
        array { array in
            for text in texts { array.value(text) }
        }
    }

    /// An array inside a text, as Gamma has it: `"[\"Yes\", \"No\"]"`.
    mutating func field(_ name: String, textOfArray texts: [String]) {
        let elements = texts.map { text in
            var writer = JSONWriter()
            writer.value(text)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        field(name, "[\(elements.joined(separator: ", "))]")
    }
}

/// One JSON object.
func json(_ content: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object(content)
    return writer.bytes
}

/// One JSON array of objects, written by `content` for each element.
func json<Element>(array elements: some Sequence<Element>, _ content: (inout JSONWriter, Element) -> Void)
    -> [UInt8]
{
    var writer = JSONWriter()
    writer.array { array in
        for element in elements { array.object { content(&$0, element) } }
    }
    return writer.bytes
}
