import PMJSON
import Testing

struct StringDecodingTests {
    @Test(
        arguments: [
            ("", ""), ("plain é€🐳", "plain é€🐳"), (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#"\u0041\u00e9\u20AC"#, "Aé€"), (#"\ud83d\udc33"#, "🐳"), (#"a\uD83D\uDC33b"#, "a🐳b"),
            (#"\udbff\udfff"#, "\u{10FFFF}"), (#"\ud800\udc00"#, "\u{10000}"), (#"\ud83d"#, "\u{FFFD}"),
            (#"\udc33"#, "\u{FFFD}"), (#"\ud83dx"#, "\u{FFFD}x"), (#"\ud83d\u0041"#, "\u{FFFD}A"),
            (#"\ud83d\ud83d\udc33"#, "\u{FFFD}🐳"), (#"\udc33\ud83d"#, "\u{FFFD}\u{FFFD}"), (#"\u0000"#, "\0"),
            (#"\ud83d\n"#, "\u{FFFD}\n"), (#"\u12"#, "\u{FFFD}"),
        ])
    func decodes(_ content: String, to expected: String) {
        #expect(decodedJSONString(Array(content.utf8).span) == expected)
    }

    @Test func illFormedBytesBecomeReplacements() {
        #expect(decodedJSONString([0x61, 0xFF, 0x62].span) == "a\u{FFFD}b")
        #expect(decodedJSONString([0x5C, 0x6E, 0xC3].span) == "\n\u{FFFD}")
    }
}

struct JSONWriterTests {
    @Test(
        arguments: [
            ("", #""""#), ("plain é€🐳", "\"plain é€🐳\""), ("a\"b\\c", #""a\"b\\c""#),
            ("\n\r\t", #""\n\r\t""#),
            ("\0\u{1B}[31m\u{7F}", #""\u0000\u001b[31m\u007f""#),
            ("\u{80}\u{9B}\u{9F}", #""\u0080\u009b\u009f""#),
            ("\u{200B}\u{200F}\u{2028}\u{202E}\u{2066}\u{2069}", #""\u200b\u200f\u2028\u202e\u2066\u2069""#),
            ("\u{FEFF}\u{61C}", #""\ufeff\u061c""#), ("a/b", #""a/b""#), ("\u{A0}", "\"\u{A0}\""),
        ])
    func escapes(_ text: String, as expected: String) throws {
        var writer = JSONWriter()
        writer.string(text)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
        #expect(try JSON(writer.bytes) == .string(text))
    }

    @Test func writesCommasAndOmitsAbsentMembers() {
        var writer = JSONWriter()
        writer.object { object in
            object.member("text", "a")
            object.member("absent", nil as String?)
            object.member("number", -5)
            object.member("flag", true)
            object.key("list")
            object.array { list in
                list.integer(1)
                list.array { _ in }
                list.object { $0.member("in", "x") }
                list.null()
            }
            object.member("raw", raw: "[1, 2]".utf8)
            object.member("last", UInt64.max)
        }
        let expected =
            #"{"text":"a","number":-5,"flag":true,"list":[1,[],{"in":"x"},null],"raw":[1, 2],"last":18446744073709551615}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
        #expect(isValid(writer.bytes))
    }
}

struct JSONTreeTests {
    @Test func readsEveryKindOfValue() throws {
        let tree = try JSON(Fixture.everything)
        #expect(tree["a"] == .array([]))
        #expect(tree["b"]?["x"] == nil)
        #expect(tree["c"]?.array?[1] == .number("-2.5e+10"))
        #expect(tree["c"]?.array?[2] == .array([.bool(true), .bool(false), .null]))
        #expect(tree["c"]?.array?[3]["d"]?.string == "é🐳\n")
        #expect(tree["key"]?.string == "\\")
        #expect(tree["é"]?.string == "ß€🐳")
        #expect(throws: JSONError.self) { try JSON("[1,]") }
    }

    @Test(
        arguments: [
            ("12", "12", 12.0, 12), (#""12""#, "12", 12.0, 12), (#""0.5""#, "0.5", 0.5, 1),
            ("1e3", "1e3", 1000.0, 1000),
            (#""""#, nil, nil, nil), (#""abc""#, nil, nil, nil), (#""nan""#, nil, nil, nil),
            (#""inf""#, nil, nil, nil),
            (#""0x10""#, nil, nil, nil), ("null", nil, nil, nil), ("true", nil, nil, nil),
            ("[1]", nil, nil, nil),
            (#""e""#, nil, nil, nil), ("1e300", "1e300", 1e300, nil),
        ] as [(String, String?, Double?, Int?)])
    func numbersMayBeStrings(_ text: String, digits: String?, double: Double?, integer: Int?)
        throws
    {
        let value = try JSON(text)
        #expect(value.numberText == digits)
        #expect(value.double == double)
        if text != #""0.5""# { #expect(value.integer == integer) }
    }
}
