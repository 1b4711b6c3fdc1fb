import PMJSON

/// Members as the exchange's servers write them: nothing is escaped but what JSON demands, so that a reader meets
/// what a title may hold. All of Polymarket's names are spelled in this folder.
extension JSONWriter {
    mutating func feed(_ name: String, _ text: String) {
        key(name)
        feedText(text)
    }

    mutating func feedText(_ text: String) {
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

    /// A number with exactly these digits, or, as now and then happens, a text that holds it.
    mutating func feed(_ name: String, digits: String, asText: Bool = false) {
        key(name)
        if asText { string(digits) } else { raw(digits.utf8) }
    }

    mutating func feed(_ name: String, _ number: some BinaryInteger) {
        key(name)
        integer(number)
    }

    mutating func feed(_ name: String, dollars: Double) {
        feed(name, digits: decimalText(dollars: dollars))
    }

    mutating func feed(_ name: String, _ flag: Bool) {
        key(name)
        bool(flag)
    }

    mutating func feed(_ name: String, texts: [String]) {
        key(name)
        array { array in
            for text in texts { array.feedText(text) }
        }
    }

    /// An array inside a text, as Gamma has it: `"[\"Yes\", \"No\"]"`.
    mutating func feed(_ name: String, textOfArray texts: [String]) {
        let elements = texts.map { text in
            var writer = JSONWriter()
            writer.feedText(text)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        feed(name, "[\(elements.joined(separator: ", "))]")
    }
}

/// One JSON object.
func json(_ content: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object(content)
    return writer.bytes
}

/// One JSON array of what `content` writes for each element.
func json<Element>(array elements: some Sequence<Element>, _ content: (inout JSONWriter, Element) -> Void)
    -> [UInt8]
{
    var writer = JSONWriter()
    writer.array { array in
        for element in elements { array.object { content(&$0, element) } }
    }
    return writer.bytes
}
