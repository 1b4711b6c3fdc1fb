import PMJSON
import PMRecord
import Testing

struct RecordTests {
    private func record(_ line: String) throws -> Record { try Record(Array(line.utf8)) }

    @Test func readsItsMembers() throws {
        let record = try record(
            #"{"kind":"trade","id":"\u0061b","seq":18446744073709551615,"revision":2,"price":0.10,"size":5,"#
                + #""time":"2026-09-24T18:45:00.125Z","enrichment":"partial","tags":["A"],"wallet":null,"outcome_index":-1}"#
        )
        #expect(record.kind == .trade)
        #expect(record.text(Key.id) == "ab")
        #expect(record.unsigned(Key.seq) == .max)
        #expect(record.integer(Key.outcomeIndex) == -1)
        #expect(record.integer(Key.seq) == nil)
        #expect(record.unsigned(Key.outcomeIndex) == nil)
        #expect(record.decimal(Key.price)?.description == "0.1")
        #expect(record.time(Key.time)?.milliseconds == 1_790_275_500_125)
        #expect(record.json(Key.tags) == .array([.string("A")]))
        #expect(record.revision == 2 && record.enrichment == .partial)
        #expect(record.value == Decimal("0.5"))
    }

    @Test func aMissingNullOrOtherValueIsNil() throws {
        let record = try record(
            #"{"wallet":null,"price":"0.5","time":"soon","kind":7,"enrichment":"odd","seq":1.5}"#)
        #expect(
            record.raw(Key.wallet) == nil && record.text(Key.wallet) == nil && record.json(Key.wallet) == nil)
        #expect(record.decimal(Key.price) == nil && record.text(Key.price) == "0.5")
        #expect(record.time(Key.time) == nil && record.kind == nil && record.enrichment == nil)
        #expect(record.unsigned(Key.seq) == nil && record.revision == 0 && record.value == nil)
        #expect(try self.record(#"{"kind":"comet"}"#).kind == nil)
    }

    @Test func theValueThatWasSentCountsBeforeTheProduct() throws {
        #expect(try record(#"{"price":1,"size":1,"value":2.0000005}"#).value?.description == "2")
        #expect(try record(#"{"price":0.1,"size":3}"#).value?.description == "0.3")
        #expect(try record(#"{"price":0.1,"size":3,"value":null}"#).value?.description == "0.3")
    }

    @Test(arguments: ["", "[]", #"{"a":tru}"#, #"{"a":01}"#, "{\"a\":\"\u{1}\"}", #"{"a":1} {}"#])
    func refusesWhatIsNoObjectOrNotValidThroughout(_ line: String) {
        #expect(throws: JSONError.self) { try record(line) }
    }

    @Test func splicingKeepsEveryOtherByte() throws {
        var splice = Splice()
        splice.set(Key.tier, to: "WHALE")
        splice.remove(Key.rank)
        let line = try record(#" {"rank" : {} , "x":1.0e0,"tier":null}"#).applying(splice)
        #expect(String(decoding: line, as: UTF8.self) == #" {"x":1.0e0,"tier":"WHALE"}"#)
    }
}

struct MarkTests {
    @Test func writesWhatItReads() throws {
        let mark = Mark(stream: "s", seq: 9, time: Timestamp(milliseconds: 0))
        #expect(
            String(decoding: mark.line, as: UTF8.self)
                == #"{"kind":"mark","stream":"s","seq":9,"time":"1970-01-01T00:00:00.000Z"}"#)
        #expect(Mark(try Record(mark.line)) == mark)
        #expect(Mark(try Record(Array(#"{"kind":"mark","stream":"s"}"#.utf8))) == nil)
        #expect(
            Mark(try Record(Array(#"{"kind":"gap","stream":"s","seq":1,"time":"1970-01-01"}"#.utf8))) == nil)
    }
}

struct TierTests {
    @Test func aTierBringsThoseBelow() {
        #expect(Tier.tags(upTo: "GOD_WHALE") == ["GOD_WHALE", "SUPER_WHALE", "MEGA_WHALE", "WHALE"])
        #expect(Tier.tags(upTo: "WHALE") == ["WHALE"])
        #expect(Tier.tags(upTo: "SHRIMP") == ["SHRIMP"])
    }
}
