import DatabaseFixtures
import TestSupport
import Testing

struct ExportTests {
    @Test(.enabled(if: TemporaryPostgres.isInstalled))
    func bothDatabasesExportTheSameBytes() throws {
        let lines = OddTrades.lines(count: 3000, seed: 7)
        let exports = try Backend.allCases.map { backend in
            let database = try TestDatabase(backend)
            let child = try database.start(["--quiet", "--max-batch", "97"], input: .text(lines.asLines))
            #expect(try child.wait() == .status(0))
            let export = try database.start(["export"], input: .none)
            #expect(try export.wait() == .status(0))
            let part = try database.start(
                ["export", "--tier", "whale", "--since", "2026-11-22T10:20:00Z"], input: .none)
            #expect(try part.wait() == .status(0))
            return [export.outputBytes, part.outputBytes]
        }
        #expect(exports[0] == exports[1])
        #expect(exports[0][1].isEmpty == false)
        let exported = Set(String(decoding: exports[0][0], as: UTF8.self).split(separator: "\n"))
        let odd = lines.filter { !exported.contains($0[...]) && $0.contains("\"revision\":1") }
        #expect(odd.allSatisfy { $0.contains("\\u0000") || $0.contains("\\ud800") })
    }

    @Test(arguments: Backend.available)
    func csvHasTheColumnsOfTheDetails(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let more =
            #","tier":"WHALE","tags":["WHALE"],"name":"","profile":{"win_rate":0.625},"impact":{"slippage_percent":2}"#
        let lines = [
            Line.trade("a", more: #","slug":"a \"b\", c\nd""# + more),
            Line.trade("b", time: "2026-11-22T11:00:00.000Z"),
        ]
        #expect(try database.start(input: .text(lines.asLines)).wait() == .status(0))
        let export = try database.start(["export", "--format", "csv", "--tier", "whale"], input: .none)
        #expect(try export.wait() == .status(0), "\(export.errors)")
        let time = "2026-11-22T10:00:00.000Z"
        let start = "a,\(time),BUY,,,0.5,3000"
        let text = export.output
        #expect(text.hasPrefix("id,time,side,role,outcome,price,size,value,tier,tags,title,slug,"), "\(text)")
        #expect(text.split(separator: "\n").count == 3, "\(text)")
        #expect(text.contains("\n\(start)"), "\(text)")
        #expect(text.contains(#",WHALE,"[""WHALE""]",Will it rain?,"a ""b"", c"# + "\nd\","), "\(text)")
        #expect(text.contains(#",0xw1,"",0.625,,2"#), "\(text)")
    }

    @Test(.enabled(if: TemporaryPostgres.isInstalled))
    func bothDatabasesReturnTheSameRecordsOfEveryKind() throws {
        let odd = #""\u0000 \ud800 \u202e\ufeff\u2028 \/ ' ; -- \u007f\u0085 \ud83d\udc0b 🐋\t""#
        let time = "2026-11-22T10:00:00.000Z"
        let lines = [
            Line.trade("a", more: #","enrichment":"failed","x":\#(odd),"outcome":\#(odd)"#),
            Line.trade("b", size: "1e30", more: #","value":\#(String(repeating: "9", count: 30)).5"#),
            Line.trade("c", price: "1E-30", size: "-0.0", more: #","tier":"WHALE","tags":[\#(odd)]"#),
            #"{"kind":"gap","id":"g","seq":4,"state":"open","from":"\#(time)","cause":\#(odd)}"#,
            #"{"kind":"gap","id":"h","seq":5,"state":"closed","from":"\#(time)","to":"\#(time)"}"#,
            #"{"kind":"portfolio","wallet":"0xw","as_of":"\#(time)","value":1.10,"x":\#(odd)}"#,
            #"{"kind":"leaderboard","period":"day","as_of":"\#(time)","entries":[{"name":\#(odd)}]}"#,
            #"{"kind":"alert","id":"k","time":"\#(time)","rule":"WHALE_MOVEMENT","x":\#(odd)}"#,
            #"{"kind":"retract","id":"b","seq":6,"reason":\#(odd)}"#,
            #"{"kind":"from the future","x":\#(odd)}"#, Line.mark(7), Line.mark(9, stream: "t"),
        ]
        let answers = try Backend.allCases.map { backend in
            let database = try TestDatabase(backend)
            let child = try database.start(input: .text(lines.asLines))
            #expect(try child.wait() == .status(0), "\(child.errors)")
            #expect(child.output == lines.asLines)
            let outputs = try [["export"], ["pending"], ["gaps"], ["gaps", "--all"], ["cursor"]].map {
                let command = try database.start($0, input: .none)
                #expect(try command.wait() == .status(0))
                return command.output
            }
            let stored = try ["portfolio_snapshots", "leaderboard_snapshots", "alerts"].map {
                try database.value("SELECT record FROM \($0)")
            }
            return outputs + stored + [try database.value("SELECT retract_reason FROM trades WHERE id = 'b'")]
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0].map { $0.split(separator: "\n").count } == [3, 1, 1, 2, 2, 1, 1, 1, 1])
    }

    @Test(arguments: Backend.available)
    func anExportStoredElsewhereExportsTheSameBytes(_ backend: Backend) throws {
        let (first, second) = (try TestDatabase(backend), try TestDatabase(backend))
        let lines = OddTrades.lines(count: 300, seed: 3)
        #expect(try first.start(["--quiet"], input: .text(lines.asLines)).wait() == .status(0))
        let export = try first.start(["export"], input: .none)
        #expect(try export.wait() == .status(0))
        #expect(try second.start(["--quiet"], input: .bytes(export.outputBytes)).wait() == .status(0))
        let again = try second.start(["export"], input: .none)
        #expect(try again.wait() == .status(0))
        #expect(again.outputBytes == export.outputBytes)
    }

    @Test func checkAndPruneReportWhatTheyDo() throws {
        let database = try TestDatabase(.sqlite)
        let check = try database.start(["check"], input: .none)
        #expect(try check.wait() == .status(0))
        #expect(check.output.contains("does not exist; pm-store would create it") == true)
        let old = Line.trade("old", time: "2020-01-01T00:00:00Z")
        #expect(try database.start(input: .text(old + "\n")).wait() == .status(0))
        let prune = try database.start(["prune", "--older-than", "365d"], input: .none)
        #expect(try prune.wait() == .status(0))
        #expect(prune.errors.contains("removed 1 rows") == true)
        #expect(try database.value("SELECT count(*) FROM trades") == "0")
    }
}

/// Trades with unusual text and numbers, the same for the same seed.
enum OddTrades {
    static func lines(count: Int, seed: UInt64) -> [String] {
        var random = Generator(state: seed)
        return (0..<count).flatMap { number -> [String] in
            let minute = Int.random(in: 0..<60, using: &random)
            let time = "2026-11-22T10:\(minute < 10 ? "0" : "")\(minute):00.\(100 + number % 900)Z"
            let price = ["0.5", "5e-1", "0.10000000000000000555", "1E+2", "0"].randomElement(using: &random)!
            let more = extras.randomElement(using: &random)!
            let wallet = "0xw\(Int.random(in: 0..<20, using: &random))"
            return (0...1).map { revision in
                Line.trade(
                    "t\(number)", revision: revision, time: time, wallet: wallet, price: price, more: more)
            }
        }
    }

    private static let extras = [
        "", #","tier":"WHALE""#, #","name":"a\u0000b""#, #","name":"\ud800x","tier":"WHALE""#,
        #","name":"🐋 \ud83d\udc0b \\u0000 \"""#, #", "x" : [ 1.0 , {"a":null} ]"#,
        #","profile":{"as_of":"2026-11-22T09:00:00Z","win_rate":0.50}"#, #","outcome":"\/\b\f\n\r\t""#,
    ]

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        /// SplitMix64.
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = state
            bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
            return bits ^ (bits >> 31)
        }
    }
}
