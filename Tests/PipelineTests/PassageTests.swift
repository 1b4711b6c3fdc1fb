import TestSupport
import Testing

/// Lines of unknown kinds pass all stages unchanged, and malformed lines stop no stage.
struct PassageTests {
    private static let unknownLines = [
        #"{"kind":"comet","id":"c1","tail":[1,2.50,{"deep":null}],"text":"é \u00e9 \ud83d\ude00"}"#,
        #"{ "no" : "kind" ,"at":1E2 }"#,
        #"{"kind":"gap","id":"g1","seq":4,"feed":"activity","state":"open","from":"2026-01-01T00:00:00.000Z","to":"2026-01-01T00:00:09.000Z","cause":"silence","recovered":0}"#,
    ]

    @Test(.timeLimit(.minutes(10)))
    func unknownKindsReachTheEndUntouched() throws {
        let directory = try TemporaryDirectory()
        let input = Self.unknownLines.map { $0 + "\n" }.joined()
        let chain = try Pipeline(
            [
                Chain.stage("pm-filter"), Chain.stage("pm-enrich"),
                Chain.stage("pm-store", ["--database", "sqlite:\(directory.file("t.db"))"]),
            ], input: .text(input))
        let ends = try chain.wait()
        #expect(ends.allSatisfy { $0 == .status(0) }, "\(chain.errors)")
        #expect(chain.output == input)
    }

    @Test(.timeLimit(.minutes(10)))
    func unknownKeysOfATradeReachTheEndUntouched() throws {
        let directory = try TemporaryDirectory()
        let odd = #""colour":{"of":"money"},"n":1.2300e+05"#
        let chain = try Pipeline(
            [
                Chain.stage("pm-filter"), Chain.stage("pm-enrich", ["--deadline", "2s", "--final-only"]),
                Chain.stage("pm-store", ["--database", "sqlite:\(directory.file("t.db"))"]),
            ], input: .text(Self.trade(id: 1, more: odd) + "\n"))
        let ends = try chain.wait()
        #expect(ends.allSatisfy { $0 == .status(0) }, "\(chain.errors)")
        #expect(chain.output.contains(odd), "\(chain.output)")
        #expect(chain.output.split(separator: "\n").count == 1)
    }

    @Test(arguments: ["pm-enrich", "pm-store", "pm-alert"])
    func aMalformedLineStopsNoStageAndIsKeptWithItsReason(stage: String) throws {
        let directory = try TemporaryDirectory()
        let rejects = directory.file("rejects.ndjson")
        let arguments = stage == "pm-enrich" ? [] : ["--database", "sqlite:\(directory.file("t.db"))"]
        let good = (0..<300).map { Self.trade(id: $0) }
        let bad = [#"{"kind":"trade","#, "not json", #"{"kind":"mark"}}"#]
        let lines = [bad[0]] + good[..<150] + [bad[1]] + good[150...] + [bad[2]]
        let process = try ChildProcess(
            Executables.path(stage), arguments + ["--rejects", rejects],
            environment: Chain.offline.mapValues { $0 }, input: .text(lines.map { $0 + "\n" }.joined()))
        #expect(try process.wait() == .status(0), "\(process.errors)")
        let kept = try directory.read("rejects.ndjson").split(separator: "\n")
        #expect(kept.count == 3)
        for (line, number) in zip(kept, [1, 152, 303]) {
            #expect(line.contains(#""line":\#(number),"#), "\(line)")
            #expect(line.contains(#""reason":""#))
        }
    }

    @Test func killingTheLastStageEndsTheOthersWithoutAnError() throws {
        let directory = try TemporaryDirectory()
        let chain = try Pipeline(
            [
                Chain.stage("pm-filter"), Chain.stage("pm-enrich"),
                Chain.stage("pm-store", ["--database", "sqlite:\(directory.file("t.db"))"]),
                Chain.stage("pm-alert", ["--database", "sqlite:\(directory.file("t.db"))"]),
            ], input: .pipe)
        try chain.head.write(Self.trade(id: 0) + "\n")
        #expect(eventually { chain.output.contains("alert") })
        chain.tail.kill(9)
        // Each stage ends when it next writes.
        for id in 1..<2000 where chain.head.isRunning {
            guard (try? chain.head.write(Self.trade(id: id) + "\n")) != nil else { break }
        }
        chain.head.closeInput()
        let ends = try chain.wait()
        #expect(ends.dropLast().allSatisfy { $0 == .status(0) }, "\(ends)")
        let complaints = chain.errors.dropLast().flatMap { $0.split(separator: "\n") }
        // pm-enrich warns that the APIs are unavailable, because the test has no network.
        #expect(complaints.allSatisfy { $0.contains(" is unavailable: ") }, "\(complaints)")
    }

    @Test func aStageThatFailsHasAStatusAndLogsOneLine() throws {
        let chain = try Pipeline(
            [
                Chain.stage("pm-filter"), Chain.stage("pm-enrich"),
                Chain.stage("pm-store", ["--database", "sqlite:/nowhere/at/all.db"]),
                Chain.stage("pm-alert", ["--database", "sqlite:/nowhere/at/all.db"]),
            ], input: .text(Self.trade(id: 0) + "\n"))
        let ends = try chain.wait()
        #expect(ends[0] == .status(0))
        #expect(ends[1] == .status(0))
        guard case .status(let status) = ends[2] else {
            Issue.record("pm-store ended by \(ends[2])")
            return
        }
        #expect(status != 0)
        let logged = chain.errors[2].split(separator: "\n")
        #expect(logged.count == 1, "\(logged)")
        #expect(logged.first?.hasPrefix("pm-store: fatal: ") == true)
    }

    static func trade(id: Int, more: String? = nil) -> String {
        let hex = String(id, radix: 16)
        let padded = { (width: Int) in String(repeating: "0", count: width - hex.count) + hex }
        let parts = [
            #""kind":"trade","id":"\#(padded(32))","seq":\#(id + 1),"feed":"activity","via":"replay""#,
            #""time":"2026-09-24T18:45:00.125Z","received_at":"2026-09-24T18:45:02.321Z","asset_id":"123456789""#,
            #""condition_id":"0x\#(padded(64))","tx_hash":"0x\#(padded(64))","wallet":"0x\#(padded(40))""#,
            #""side":"BUY","outcome":"Yes","outcome_index":0,"title":"Will it rain?","slug":"will-it-rain""#,
            #""event_slug":"rain","price":0.5,"size":30000,"value":15000"#, more,
        ]
        return "{" + parts.compactMap { $0 }.joined(separator: ",") + "}"
    }
}
