import PMFlow
import PMJSON
import Testing

struct SpliceTests {
    @Test(
        arguments: [
            (#"{"a":1,"b":2,"c":3}"#, ["a": "9"], #"{"a":9,"b":2,"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["b": "[]"], #"{"a":1,"b":[],"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["c": "null"], #"{"a":1,"b":2,"c":null}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["d": "4"], #"{"a":1,"b":2,"c":3,"d":4}"#),
            (#"{}"#, ["d": "4"], #"{"d":4}"#), (#" { } "#, ["d": "4"], #" { "d":4} "#),
            (#"{"a":1,"b":2,"c":3}"#, ["a": nil], #"{"b":2,"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["b": nil], #"{"a":1,"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["c": nil], #"{"a":1,"b":2}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["a": nil, "b": nil], #"{"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["b": nil, "c": nil], #"{"a":1}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["a": nil, "c": nil], #"{"b":2}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["a": nil, "b": nil, "c": nil], #"{}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["a": nil, "b": nil, "c": nil, "d": "4"], #"{"d":4}"#),
            (#"{"a":1}"#, ["d": nil], #"{"a":1}"#), (#"{"\u0061":1}"#, ["a": "2"], #"{"\u0061":2}"#),
            (#"{"a":1,"b":2,"a":3}"#, ["a": "9"], #"{"a":9,"b":2}"#),
            (#"{"a":1,"b":2,"\u0061":3}"#, ["a": nil], #"{"b":2}"#),
        ] as [(String, KeyValuePairs<JSONKey, String?>, String)])
    func changes(_ line: String, _ changes: KeyValuePairs<JSONKey, String?>, into expected: String) throws {
        #expect(try spliced(line, changes.map { ($0.key, $0.value) }) == expected)
    }

    @Test func theLastOfSeveralChangesWins() throws {
        #expect(try spliced(#"{"a":1}"#, [("a", "2"), ("a", "3")]) == #"{"a":3}"#)
        #expect(try spliced(#"{"a":1}"#, [("b", "2"), ("b", "3")]) == #"{"a":1,"b":3}"#)
        #expect(try spliced(#"{"a":1}"#, [("a", "2"), ("a", nil)]) == #"{}"#)
        #expect(try spliced(#"{"a":1}"#, [("a", nil), ("a", "2")]) == #"{"a":2}"#)
    }

    @Test func textIsEscaped() throws {
        var splice = Splice()
        splice.set("a", to: "say \"hi\"\n\u{9B}")
        let line = Array("{}".utf8)
        let result = splice.applied(to: line.span, try MemberIndex(line.span))
        #expect(String(decoding: result, as: UTF8.self) == #"{"a":"say \"hi\"\n\u009b"}"#)
    }

    /// Compares with a list of members that is edited and written again; spaces are fixed, so the bytes must
    /// be equal.
    @Test(arguments: 1...20)
    func agreesWithAModel(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let names: [JSONKey] = ["a", "bb", "tier", "received_at", "enrichment_reason", "zz"]
        for _ in 0..<200 {
            var model = names.shuffled(using: &random).prefix(Int.random(in: 0...6, using: &random)).map {
                (name: $0, value: String(Int.random(in: 0...999, using: &random)))
            }
            let line = text(of: model)
            var changes: [(JSONKey, String?)] = []
            for name in names where Bool.random(using: &random) {
                let value =
                    Bool.random(using: &random) ? "\"\(Int.random(in: 0...99_999, using: &random))\"" : nil
                changes.append((name, value))
                let place = model.firstIndex { $0.name == name }
                switch (place, value) {
                case (let place?, let value?): model[place].value = value
                case (let place?, nil): model.remove(at: place)
                case (nil, let value?): model.append((name, value))
                case (nil, nil): break
                }
            }
            let result = try spliced(line, changes)
            #expect(result == text(of: model), "seed \(seed), \(line), \(changes)")
        }
    }

    private func text(of members: [(name: JSONKey, value: String)]) -> String {
        "{" + members.map { "\"\($0.name.name)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    private func spliced(_ line: String, _ changes: [(JSONKey, String?)]) throws -> String {
        var splice = Splice()
        for (key, value) in changes {
            if let value { splice.set(key, to: Array(value.utf8)) } else { splice.remove(key) }
        }
        let bytes = Array(line.utf8)
        return String(decoding: splice.applied(to: bytes.span, try MemberIndex(bytes.span)), as: UTF8.self)
    }
}
