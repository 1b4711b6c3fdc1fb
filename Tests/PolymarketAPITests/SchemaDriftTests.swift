import PMJSON
import PolymarketAPI
import Testing

struct SchemaDriftTests {
    static let members = MemberList(always: ["a", "b"], sometimes: ["c"])

    static func observation(_ rows: String...) throws -> DriftObservation {
        var observation = DriftObservation()
        for row in rows { observation.compare(try JSON(row), with: members) }
        return observation
    }

    @Test(arguments: [
        #"{"a":1,"b":null}"#, #"{"a":1,"b":2,"c":3}"#, "7", "null",
    ])
    func documentedRowsShowNothing(row: String) throws {
        #expect(try Self.observation(row).isEmpty)
    }

    @Test func eachChangeIsAnnouncedOnceWithASample() throws {
        var drift = SchemaDrift()
        let observation = try Self.observation(#"{"a":1,"z":{"n":[1,null,true]}}"#, #"{"a":2,"z":9,"y":"é"}"#)
        #expect(
            drift.note(observation, from: .dataV2Trades).map(\.description) == [
                #"data/v2/trades has a new member "y": "é""#,
                #"data/v2/trades has a new member "z": {"n":[1,null,true]}"#,
                #"data/v2/trades lacks the member "b" in {"a":1,"z":{"n":[1,null,true]}}"#,
            ])
        #expect(drift.note(observation, from: .dataV2Trades).isEmpty)
        #expect(drift.note(observation, from: .dataV2Activity).count == 3)
        #expect(drift.count(of: .unknownMember("z"), from: "data/v2/trades") == 4)
        #expect(drift.count(of: .missingMember("b"), from: "data/v2/trades") == 4)
        #expect(drift.figures.count == 6 && drift.figures.first?.source == "data/v2/activity")
    }

    @Test func newTypesAreAnnouncedOnce() {
        var drift = SchemaDrift()
        let announcement = drift.note(
            type: "auction", sample: #"{"event_type":"auction"}"#, from: "market channel")
        #expect(
            announcement?.description == #"market channel has a new type "auction": {"event_type":"auction"}"#
        )
        #expect(drift.note(type: "auction", sample: "", from: "market channel") == nil)
        #expect(drift.count(of: .unknownType("auction"), from: "market channel") == 2)
    }

    @Test func memoryIsBounded() throws {
        var drift = SchemaDrift(mostSources: 2, mostChanges: 3)
        for number in 0..<10 { _ = drift.note(type: "\(number)", sample: "", from: "one") }
        for number in 0..<10 { _ = drift.note(type: "t", sample: "", from: "s\(number)") }
        #expect(drift.figures.count == 4 && drift.uncounted == 7 + 9)
        let wide = "{" + (0..<1000).map { #""k\#($0)":1"# }.joined(separator: ",") + "}"
        #expect(try Self.observation(wide).unknown.count == 32)
        let long =
            #"{"a":1,"b":1,"\#(String(repeating: "n", count: 500))":"\#(String(repeating: "v", count: 500))"}"#
        let found = try #require(try Self.observation(long).unknown.first)
        #expect(found.key.count == 65 && found.value.sample.count == 161)
    }

    @Test func whatCouldMisleadATerminalIsReplaced() throws {
        let observation = try Self.observation("{\"a\":1,\"b\":1,\"x\\u001b[2J\":1}")
        #expect(observation.unknown.keys.first == "x\u{FFFD}[2J")
    }

    @Test func pagesSayWhatTheyShow() throws {
        let page = try DataAPI.LeaderboardRead(.v2, .day).page(
            in: bytes(paged([#"{"rank":1,"user_id":"0xA","pnl":1,"points":3}"#])))
        #expect(page.drift.unknown.keys.sorted() == ["points"])
        #expect(
            page.drift.missing.keys.sorted() == [
                "profile_image", "user_name", "verified", "volume", "x_username",
            ])
    }

    @Test func marketsMayHaveMoreMembers() throws {
        let page = try Gamma.MarketsRead(.all).page(
            in: bytes(#"{"markets":[{"id":"1","conditionId":"0x1","question":"?","novelty":1}]}"#))
        #expect(page.drift.unknown.isEmpty && page.drift.missing.keys.sorted() == ["slug"])
    }
}
