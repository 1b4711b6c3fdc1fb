import PMRecord
import Relaying
import Testing

/// The identity and the part of a line.
@Suite("Messages")
struct MessageTests {
    private func id(_ line: String) throws -> String { messageID(of: try Record(Array(line.utf8))) }

    @Test(
        "the id of a line is that of its subject and version",
        arguments: [
            (#"{"kind":"trade","id":"ab","seq":1}"#, "ab.0"),
            (#"{"kind":"trade","id":"ab","seq":9,"revision":2}"#, "ab.2"),
            (#"{"kind":"gap","id":"activity-1","state":"open","recovered":3}"#, "activity-1.open.3"),
            (#"{"kind":"gap","id":"activity-1","state":"closed"}"#, "activity-1.closed.0"),
            (#"{"kind":"retract","id":"ab","reason":"x"}"#, "r.ab"),
        ])
    func named(line: String, expected: String) throws {
        #expect(try id(line) == expected)
    }

    @Test("a line without a plain id has the SHA-256 of its bytes")
    func hashed() throws {
        // Computed with sha256sum.
        #expect(
            try id(#"{"kind":"leaderboard"}"#)
                == "48bd1c97b681b80dbf7b8a5f2e41d9c2138a89f0f2478b311053e83f97bcfec5")
        #expect(try id(#"{"kind":"trade","id":"a b"}"#).count == 64)
        #expect(try id(#"{"kind":"trade","id":"a b"}"#) != id(#"{"kind":"trade","id":"a c"}"#))
    }

    @Test("two hosts' lines of one trade have one id and one part")
    func sameOnEveryHost() throws {
        let first = try Record(
            Array(#"{"kind":"trade","id":"ab","seq":1,"wallet":"0x1","received_at":"x"}"#.utf8))
        let second = try Record(
            Array(#"{"kind":"trade","id":"ab","seq":700,"wallet":"0x1","received_at":"y"}"#.utf8))
        #expect(messageID(of: first) == messageID(of: second))
        #expect(Partition(of: first) == Partition(of: second))
    }

    @Test("wallets are spread over all sixteen parts")
    func spread() throws {
        var counts: [Partition: Int] = [:]
        for number in 0..<1600 {
            let wallet = "0x" + String(number * 7919, radix: 16)
            let record = try Record(Array(#"{"kind":"trade","id":"a","wallet":"\#(wallet)"}"#.utf8))
            counts[Partition(of: record), default: 0] += 1
        }
        #expect(counts.count == 16)
        #expect(counts.values.allSatisfy { (50...200).contains($0) }, "\(counts.values.sorted())")
    }
}
