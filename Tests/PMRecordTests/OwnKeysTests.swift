import PMJSON
import PMRecord
import Testing

struct OwnKeysTests {
    @Test(
        arguments: [
            #"{"kind":"trade","value":5,"value":500000}"#, #"{"value":5,"kind":"trade","v\u0061lue":500000}"#,
            #"{"kind":"mark","k\u0069nd":"trade"}"#, #"{"a":1,"id":"x","b":2,"id":"x"}"#,
            #"{"condition_id":1,"xondition_id":1,"condition_id":2}"#, #"{"reason":1,"reason":1}"#,
        ])
    func aLineWithAKeyTwiceIsNoRecord(line: String) {
        #expect {
            try Record(Array(line.utf8))
        } throws: {
            ($0 as? JSONError)?.reason == .repeatedKey
        }
    }

    @Test(
        arguments: [
            #"{"kind":"trade","x":1,"x":2}"#, #"{"condition_id":1,"xondition_id":2}"#,
            #"{"xondition_id":1,"xondition_id":2,"condition_id":1}"#, #"{"extra":{"id":1,"id":2},"id":3}"#,
            #"{"k\u0069nd":"tr\u0061de","value":1}"#,
        ])
    func otherKeysMayRepeat(line: String) throws {
        #expect(throws: Never.self) { try Record(Array(line.utf8)) }
    }

    @Test func anEscapedKindIsTheKind() throws {
        #expect(try Record(Array(#"{"k\u0069nd":"tr\u0061de"}"#.utf8)).kind == .trade)
    }
}
