import PMFlow
import PMJSON
import Testing

struct MemberIndexTests {
    @Test func findsEveryMemberAndItsBounds() throws {
        let bytes = Array(Fixture.everything.utf8)
        let index = try MemberIndex(bytes.span)
        #expect(
            index.members.map { decodedJSONString(bytes.span.extracting($0.key)) } == [
                "a", "b", "c", "é", "key",
            ])
        #expect(
            index.members.map { String(decoding: bytes[$0.value], as: UTF8.self) } == [
                "[ ]", "{}", #"[1,-2.5e+10,[true,false,null],{"d":"\u00e9\ud83d\udc33\n"}]"#, "\"ß€🐳\"",
                #""\\""#,
            ])
        #expect(bytes[index.end] == UInt8(ascii: "}"))
    }

    @Test(
        arguments: [
            ("kind", #"{"kind":1}"#, "1"), ("kind", #"{"\u006bind":1}"#, "1"),
            ("kind", #"{"ki\u006Ed":1}"#, "1"),
            ("kind", #"{"kind":1,"kind":2}"#, "1"), ("kind", #"{"\u006bind":1,"kind":2}"#, "1"),
            ("kind", #"{"xkind":1,"kin":2,"kindx":3}"#, nil), ("kind", #"{"a":{"kind":1}}"#, nil),
            ("kind", #"{"a":"\"kind\":1"}"#, nil), ("kind", #"{"a\\":0,"kind":1}"#, "1"),
            ("a", #"{"a":1}"#, "1"), ("a", #"{"":0,"a":1}"#, "1"), ("", #"{"a":0,"":1}"#, "1"),
            ("", "{}", nil),
            ("outcome_index", #"{"outcome":0,"xutcome_index":2,"outcome_index":1}"#, "1"),
            ("a\"b", #"{"a\"b":1}"#, "1"), ("a\\b", #"{"a\\b":1}"#, "1"), ("é", #"{"\u00e9":1}"#, "1"),
            ("é", #"{"é":1}"#, "1"), ("condition_id", #"{"event_id":0, "condition_id" : 1 }"#, "1"),
        ] as [(JSONKey, String, String?)])
    func finds(_ key: JSONKey, in line: String, _ expected: String?) throws {
        let bytes = Array(line.utf8)
        let index = try MemberIndex(bytes.span)
        #expect(
            index.value(of: key, in: bytes.span).map { String(decoding: bytes[$0], as: UTF8.self) }
                == expected)
    }

    @Test(
        arguments: [
            ("", .notAnObject, 0), ("[]", .notAnObject, 0), ("1", .notAnObject, 0), ("null", .notAnObject, 0),
            ("\u{FEFF}{}", .notAnObject, 0), ("{", .unexpectedEnd, 1), (#"{"a"#, .unterminatedString, 1),
            (#"{"a":[}"#, .unexpectedByte, 6), (#"{"a":]"#, .unexpectedByte, 5),
            (#"{"a":1}x"#, .trailingBytes, 7),
            (#"{"a":1 "b":2}"#, .unexpectedByte, 7), (#"{"a":1,}"#, .unexpectedByte, 7),
            (#"{"a" 1}"#, .unexpectedByte, 5),
            (#"{"a":"b}"#, .unterminatedString, 5), (#"{"a":[1,2"#, .unexpectedEnd, 9),
            (#"{"a":'b'}"#, .unexpectedByte, 5),
            (#"{"a""#, .unexpectedEnd, 4), (#"{"a":"#, .unexpectedEnd, 5), (#"{"a":1"#, .unexpectedEnd, 6),
        ] as [(String, JSONError.Reason, Int)])
    func rejects(_ line: String, because expected: JSONError.Reason, at offset: Int) {
        let bytes = Array(line.utf8)
        #expect(
            reason { () throws(JSONError) in _ = try MemberIndex(bytes.span) }
                == JSONError(expected, at: offset))
    }

    /// More members than the index reserves, and several objects in the same index.
    @Test(arguments: [1, 47, 48, 49, 96, 97, 1000])
    func holdsManyMembers(_ count: Int) throws {
        var index = MemberIndex()
        for name in ["first", "second"] {
            let line = "{" + (0..<count).map { "\"\(name)\($0)\":\($0)" }.joined(separator: ",") + "}"
            let bytes = Array(line.utf8)
            try index.read(bytes.span)
            #expect(
                index.members.map { String(decoding: bytes[$0.value], as: UTF8.self) }
                    == (0..<count).map(String.init))
        }
    }

    @Test("A string ends at its first unescaped quote, however long", arguments: 0...40)
    func stringsOfEveryLength(_ length: Int) throws {
        let filler = String(repeating: "x", count: length)
        for escape in ["", #"\""#, #"\\"#, #"\\\""#] {
            for key in [filler + escape, escape + filler] {
                let bytes = Array("{\"\(key)\":\"\(key)\",\"z\":1}".utf8)
                let index = try MemberIndex(bytes.span)
                #expect(index.members.count == 2)
                #expect(index.members[0].key.count == key.utf8.count)
                #expect(index.members[0].value.count == key.utf8.count + 2)
            }
        }
    }

    @Test func elementsOfAnArray() throws {
        let bytes = Array(#" [1, "a,]" ,[2,[3]],{"b":[4]}] "#.utf8)
        #expect(
            try elementRanges(of: bytes.span).map { String(decoding: bytes[$0], as: UTF8.self) } == [
                "1", #""a,]""#, "[2,[3]]", #"{"b":[4]}"#,
            ])
        #expect(try elementRanges(of: Array("[ ]".utf8).span).isEmpty)
        for broken in ["", "{}", "[", "[1", "[1,", "[1 2]"] {
            #expect(throws: JSONError.self) { try elementRanges(of: Array(broken.utf8).span) }
        }
    }
}
