import PMJSON
import TestSupport
import Testing

/// pm-relay against one real server.
@Suite("pm-relay", .enabled(if: TemporaryCluster.isInstalled, "scripts/nats-server.sh installs the server"))
struct RelayCommandTests {
    @Test("what was put is taken, in order, numbered by the stream")
    func putAndTake() throws {
        let cluster = try TemporaryCluster(size: 1)
        let lines = sourceLines(1...250, seqOffset: 5000)
        #expect(try cluster.run(["put", "trades"], input: lines.asLines) == lines.asLines)
        let taken = try cluster.take("trades")
        #expect(taken.ids == (1...250).map(identity))
        #expect(taken.seqs == Array(1...250))
        #expect(taken.lastMark?.seq == 250)

        let cursor = try cluster.run(["cursor", "trades"])
        #expect(cursor == #"{"stream":"journal-a","seq":5200,"time":"2026-12-01T00:00:00.000Z"}"# + "\n")
    }

    @Test("two hosts that receive the same trades store each once, and cursors never fall")
    func hedged() throws {
        let cluster = try TemporaryCluster(size: 1)
        let first = try cluster.relay(
            ["put", "trades", "--quiet"], input: .text(sourceLines(1...800, stream: "journal-a").asLines))
        let second = try cluster.relay(
            ["put", "trades", "--quiet"],
            input: .text(sourceLines(201...1000, stream: "journal-b", seqOffset: 9000).asLines))
        #expect(try first.wait() == .status(0), "\(first.errors)")
        #expect(try second.wait() == .status(0), "\(second.errors)")
        let taken = try cluster.take("trades")
        #expect(taken.ids.sorted() == (1...1000).map(identity))
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(1...100).asLines)
        let cursors = try cluster.run(["cursor", "trades"])
        #expect(cursors.contains(#""stream":"journal-a","seq":800,"#))
        #expect(cursors.contains(#""stream":"journal-b","seq":10000,"#))
    }

    @Test("the parts of a stream add up to the whole, and a wallet stays in one part")
    func parts() throws {
        let cluster = try TemporaryCluster(size: 1)
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(1...400).asLines)
        var all: [String] = []
        for part in 0..<16 {
            let taken = try cluster.take("trades", ["--part", "\(part)/16"])
            #expect(taken.seqs == taken.seqs.sorted())
            all += taken.ids
        }
        #expect(all.sorted() == (1...400).map(identity))
    }

    @Test("take resumes after its own cursor in a file, and ignores others")
    func resumes() throws {
        let cluster = try TemporaryCluster(size: 1)
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(1...300).asLines)
        let stream = try #require(try cluster.take("trades").lastMark?.stream)
        let directory = try TemporaryDirectory()
        try directory.write(
            """
            {"stream":"another","seq":7,"time":"2026-12-01T00:00:00.000Z"}
            {"stream":"\(stream)","seq":200,"time":"2026-12-01T00:00:00.000Z"}

            """, to: "cursors")
        #expect(
            try cluster.take("trades", ["--resume", directory.file("cursors")]).ids
                == (201...300).map(identity))
        #expect(try cluster.take("trades", ["--after", "299"]).ids == [identity(300)])
        #expect(try cluster.take("trades", ["--since", "1h"]).ids.count == 300)
    }

    @Test("a stream that ends before the cursor has lost lines: exit status 78, and how to mend it")
    func lost() throws {
        let cluster = try TemporaryCluster(size: 1)
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(1...10).asLines)
        let take = try cluster.relay(["take", "trades", "--once", "--after", "11"])
        #expect(try take.wait() == .status(78))
        #expect(take.errors.contains("pm-relay put trades"), "\(take.errors)")
    }

    @Test("lines that the retention has dropped are a gap")
    func retention() throws {
        let cluster = try TemporaryCluster(size: 1)
        _ = try cluster.run(["put", "trades", "--quiet", "--keep", "1s"], input: sourceLines(1...10).asLines)
        #expect(try eventually { try cluster.take("trades").ids.isEmpty })
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(11...12).asLines)
        let taken = try cluster.take("trades", ["--after", "4"])
        #expect(taken.gaps.count == 1)
        #expect(taken.gaps.first?["cause"]?.string == "retention")
        #expect(taken.gaps.first?["state"]?.string == "unrecoverable")
    }

    @Test("a line that is no record, or is too large for the cluster, is rejected; the others go on")
    func rejects() throws {
        let cluster = try TemporaryCluster(size: 1, largestMessage: "8KB")
        let directory = try TemporaryDirectory()
        let large =
            #"{"kind":"trade","id":"\#(identity(9))","title":"\#(String(repeating: "x", count: 9000))"}"#
        let put = try cluster.relay(
            ["put", "trades", "--quiet", "--rejects", directory.file("rejects")],
            input: .text(
                "not json\n" + sourceLines(1...2).asLines + large + "\n" + sourceLines(3...3).asLines))
        #expect(try put.wait() == .status(0))
        #expect(put.errors.contains("line 1 rejected"), "\(put.errors)")
        #expect(put.errors.contains("line 4 is not published"), "\(put.errors)")
        let rejects = try directory.read("rejects").split(separator: "\n").map { try JSON(Array($0.utf8)) }
        #expect(rejects.compactMap { $0["line"]?.integer } == [1, 4])
        #expect(rejects.map { $0["text"]?.string } == ["not json", large])
        #expect(try cluster.take("trades").ids == (1...3).map(identity))
    }

    @Test("a server that is not there is waited for, then reported: exit status 69")
    func unavailable() throws {
        let child = try ChildProcess(
            Executables.path("pm-relay"),
            ["cursor", "trades", "--server", "nats://127.0.0.1:1", "--patience", "500ms"])
        #expect(try child.wait() == .status(69))
        #expect(child.errors.contains("nats://127.0.0.1:1"))
    }

    @Test(
        "bad arguments are reported with a valid example",
        arguments: [
            (["put", "Trades"], "lower-case"), (["take", "trades", "--part", "16/16"], "0/16 to 15/16"),
            (["take", "trades", "--after", "1", "--since", "1h"], "--after 1200"),
            (["lease", "a"], "-- pm-alert"),
            (["put", "trades", "--replicas", "2"], "--replicas 3"),
            (["cursor", "trades", "--server", "x"], "nats://HOST:PORT"),
        ])
    func badArguments(arguments: [String], expected: String) throws {
        let child = try ChildProcess(Executables.path("pm-relay"), arguments)
        #expect(try child.wait() == .status(64))
        #expect(child.errors.contains(expected), "\(child.errors)")
    }
}
