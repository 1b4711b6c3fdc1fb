import PMFlow
import PMJSON
import TestSupport
import Testing

struct ValidationTests {
    @Test(arguments: [
        "0", "-0", "12", "-1.5", "1e9", "1E-9", "1.25e+2", "0.0", "0e0", "true", "false", "null", #""""#,
        "[]", "{}",
        " [ ] ", "\t{\r\n}\n", "[1,2]", #"{"a":1}"#, #"{"a":1,"a":2}"#, #"{"":0}"#, #"["\"\\\/\b\f\n\r\t"]"#,
        #""\u0000""#, #""\ud83d\ude00""#, #""\uD800""#, #""\udc00\ud800""#, #""\uFFFF""#, "\"\u{7F}\"",
        "\"\u{2028}\"",
        "\"\u{10FFFF}\"", "\"é€🐳\"", "123456789012345678901234567890", "1e400", "[[[[]]],{\"a\":[{}]}]",
    ])
    func accepts(_ text: String) {
        #expect(isValid(text))
    }

    @Test(
        arguments: [
            ("", .unexpectedEnd, 0), (" ", .unexpectedEnd, 1), ("[", .unexpectedEnd, 1),
            ("[1", .unexpectedEnd, 2),
            ("[1,", .unexpectedEnd, 3), ("{", .unexpectedEnd, 1), (#"{"a""#, .unexpectedEnd, 4),
            (#"{"a":"#, .unexpectedEnd, 5), (#"{"a":1"#, .unexpectedEnd, 6), (#"{"a":1,"#, .unexpectedEnd, 7),
            ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3),
            ("[1}", .unexpectedByte, 2), (#"{"a":1]"#, .unexpectedByte, 6), (#"{"a" 1}"#, .unexpectedByte, 5),
            (#"{"a":1,}"#, .unexpectedByte, 7), ("{a:1}", .unexpectedByte, 1), ("{1:1}", .unexpectedByte, 1),
            ("{'a':1}", .unexpectedByte, 1), (#"{"a"::1}"#, .unexpectedByte, 5), ("]", .unexpectedByte, 0),
            ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0),
            ("Infinity", .unexpectedByte, 0), ("\u{FEFF}{}", .unexpectedByte, 0),
            ("\u{A0}1", .unexpectedByte, 0),
            ("/*c*/1", .unexpectedByte, 0), ("\u{0B}1", .unexpectedByte, 0), ("\0", .unexpectedByte, 0),
            ("-", .badNumber, 0), ("01", .badNumber, 0), ("-01", .badNumber, 0), ("1.", .badNumber, 0),
            ("1.e1", .badNumber, 0), ("1e", .badNumber, 0), ("1e+", .badNumber, 0), ("-a", .badNumber, 0),
            ("0x10", .trailingBytes, 1), ("1_000", .trailingBytes, 1), ("1-2", .trailingBytes, 1),
            ("{}{}", .trailingBytes, 2),
            ("[]]", .trailingBytes, 2), ("1 1", .trailingBytes, 2), ("{}\0", .trailingBytes, 2),
            ("tru", .badLiteral, 0), ("True", .unexpectedByte, 0), ("nul", .badLiteral, 0),
            ("truth", .badLiteral, 0),
            ("falsey", .trailingBytes, 5), (#"""#, .unterminatedString, 0),
            (#""abc"#, .unterminatedString, 0),
            (#""\""#, .unterminatedString, 0), ("\"\n\"", .controlCharacter, 1),
            ("\"\u{1F}\"", .controlCharacter, 1),
            ("\"\0\"", .controlCharacter, 1), (#""\x""#, .badEscape, 1), (#""\u12""#, .badEscape, 1),
            (#""\u12G4""#, .badEscape, 1), (#""\U0041""#, .badEscape, 1), ("\"\\\n\"", .badEscape, 1),
        ] as [(String, JSONError.Reason, Int)])
    func rejects(_ text: String, because expected: JSONError.Reason, at offset: Int) {
        let bytes = Array(text.utf8)
        #expect(
            reason { () throws(JSONError) in try validate(bytes.span) } == JSONError(expected, at: offset))
    }

    @Test(
        "Rejects invalid UTF-8 in a string",
        arguments: [
            [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC3, 0x28], [0xE0, 0x80, 0xAF],
            [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x90], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xFE],
            [0xFF], [0xF0, 0x9F, 0x28, 0x80],
        ] as [[UInt8]])
    func rejectsInvalidUTF8(_ bytes: [UInt8]) {
        let text = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        #expect(reason { () throws(JSONError) in try validate(text.span) } == JSONError(.badUTF8, at: 1))
    }

    @Test(arguments: [(64, true), (65, false)])
    func limitsTheNestingDepth(depth: Int, isTaken: Bool) {
        let arrays = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let objects = String(repeating: #"{"a":"#, count: depth) + "0" + String(repeating: "}", count: depth)
        #expect(isValid(arrays) == isTaken)
        #expect(isValid(objects) == isTaken)
        #expect((members(Array(objects.utf8)) != nil) == isTaken)
        #expect(!isValid(String(repeating: "[", count: 100_000)))
    }

    @Test(arguments: Fixture.all)
    func aTruncatedLineIsInvalid(_ line: String) {
        let bytes = Array(line.utf8)
        let whole = bytes.lastIndex(of: UInt8(ascii: "}"))!
        for count in 0...bytes.count {
            let piece = Array(bytes[..<count])
            #expect(isValid(piece) == (count > whole))
            #expect((members(piece) != nil) == (count > whole))
        }
    }

    /// A line that is valid by RFC 8259 has members; flipped, cut or doubled bytes never make the index trap.
    @Test(arguments: Fixture.all)
    func noMutationTraps(_ line: String) {
        let bytes = Array(line.utf8)
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            if isValid(flipped) { #expect(members(flipped) != nil || !flipped.contains(UInt8(ascii: "{"))) }
            guard let index = members(flipped) else { continue }
            #expect(index.members.allSatisfy { $0.key.upperBound < $0.value.lowerBound })
            #expect(index.end < flipped.count)
            for member in index.members { _ = decodedJSONString(flipped.span.extracting(member.key)) }
        }
    }

    @Test(.enabled(if: Executables.installed("python3") != nil))
    func agreesWithPython() throws {
        var random = SplitMix64(seed: 20_260_924)
        var samples: [[UInt8]] = []
        for line in Fixture.all {
            let bytes = Array(line.utf8)
            for _ in 0..<750 {
                var changed = bytes
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    let place = Int.random(in: 0..<changed.count, using: &random)
                    changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: changed.remove(at: Int.random(in: 0..<changed.count, using: &random))
                default:
                    let syntax = Array(#"{}[]",:\0-e.tfn "#.utf8)
                    changed.insert(
                        syntax.randomElement(using: &random)!,
                        at: Int.random(in: 0...changed.count, using: &random))
                }
                if !changed.contains(UInt8(ascii: "\n")) { samples.append(changed) }
            }
        }
        // Python accepts NaN and Infinity, which no sample contains, and lone surrogates, as this parser
        // does.
        let script = """
            import json, sys
            for line in sys.stdin.buffer.read().split(b'\\n')[:-1]:
                try:
                    json.loads(line.decode('utf-8')); print('1')
                except (ValueError, RecursionError): print('0')
            """
        let python = try ChildProcess(
            Executables.installed("python3")!, ["-c", script],
            input: .bytes(Array(samples.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]))
        #expect(try python.wait() == .status(0), "\(python.errors)")
        let verdicts = python.output.split(separator: "\n").map { $0 == "1" }
        #expect(verdicts.count == samples.count)
        for (sample, verdict) in zip(samples, verdicts) {
            #expect(isValid(sample) == verdict, "\(String(decoding: sample, as: UTF8.self))")
        }
    }
}
