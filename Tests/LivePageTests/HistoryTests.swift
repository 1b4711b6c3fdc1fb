import AlertFixtures
import Gzip
import PMJSON
import PMRecord
import TestSupport
import Testing

/// `GET /trades`: the newest events from memory, and older trades from the database.
struct HistoryTests {
    private let directory = try! TemporaryDirectory()

    private struct Page {
        let json: JSON

        var ids: [String] { json["events"]?.array?.compactMap { $0["record"]?["id"]?.string } ?? [] }
        var older: String? { json["older"]?.string }
    }

    /// A running pm-alert that has read `trades`; `stored` are in its database.
    private func serve(_ trades: [TradeLine], stored: [TradeLine] = []) throws -> (AlertProcess, port: Int) {
        if !stored.isEmpty { try directory.store(stored) }
        let stage = try AlertProcess(
            ["--live", "127.0.0.1:0", "--status-dir", directory.file("status")], in: directory)
        try stage.process.write(trades.map(\.line).joined())
        #expect(
            eventually {
                (try? directory.read("status/pm-alert.json").contains(#""lines_in":\#(trades.count),"#))
                    == true
            })
        return (stage, try stage.livePort())
    }

    private func get(_ query: String, port: Int) throws -> Page {
        let answer = try PlainHTTP.request(port: port, "/trades\(query)")
        #expect(answer.status == 200, "\(query): \(answer.text)")
        #expect(answer.headers["cache-control"] == "no-store")
        return Page(json: try JSON(answer.body))
    }

    /// Returns trades that cause no alert.
    private func quiet(_ range: Range<Int>) -> [TradeLine] {
        TradeLine.many(range.upperBound)[range].map { trade in
            var trade = trade
            (trade.tier, trade.tags) = (nil, nil)
            return trade
        }
    }

    @Test func theNewestComeFirstAndOlderOnesOnDemand() throws {
        let stored = quiet(0..<450)
        let (stage, port) = try serve(Array(stored[150...]), stored: stored)
        var (page, found) = (try get("", port: port), [String]())
        #expect(page.json["last"]?.integer == 300 && page.json["through"]?.integer == 300)
        found = page.ids
        #expect(found == stored[250...].map(\.id))
        page = try get("?before=\(try #require(page.older))", port: port)
        #expect(page.ids == stored[150..<250].map(\.id))
        #expect(page.older == "stored")
        // The client goes on from the time at which the oldest of them was received.
        var older: String? = stored[150].time
        while let position = older {
            page = try get("?before=\(position)", port: port)
            found = page.ids + found
            older = page.older
        }
        #expect(found == stored[..<150].map(\.id) + stored[250...].map(\.id))
        withExtendedLifetime(stage) {}
    }

    @Test func eventsAfterANumberAreCompleteInPages() throws {
        let trades = quiet(0..<450)
        let (stage, port) = try serve(trades)
        var (number, found) = (20, [String]())
        while number < 450 {
            let page = try get("?after=\(number)", port: port)
            found += page.ids
            number = try #require(page.json["through"]?.integer)
        }
        #expect(found == trades[20...].map(\.id))
        #expect(try get("?after=450", port: port).ids.isEmpty)
        withExtendedLifetime(stage) {}
    }

    @Test func aWalletAMarketAndATradeAreFoundInTheDatabase() throws {
        let stored = quiet(0..<60)
        let (stage, port) = try serve(quiet(60..<70), stored: stored)
        let (wallet, market) = (try #require(stored[7].wallet), stored[7].condition)
        #expect(
            try get("?wallet=\(wallet)", port: port).ids == stored.filter { $0.wallet == wallet }.map(\.id))
        #expect(
            try get("?market=\(market.uppercased().replacing("0X", with: "0x"))", port: port).ids
                == stored.filter { $0.condition == market }.map(\.id))
        #expect(
            try get("?market=\(market)&before=\(stored[30].time)", port: port).ids
                == stored[..<30].filter { $0.condition == market }.map(\.id))
        #expect(try get("?id=\(stored[3].id)", port: port).ids == [stored[3].id])
        // A trade in memory needs no database.
        #expect(try get("?id=\(quiet(60..<70)[2].id)", port: port).ids.count == 1)
        #expect(try get("?id=ffff", port: port).ids.isEmpty)
        withExtendedLifetime(stage) {}
    }

    @Test func withoutADatabaseFileTheHistoryEndsWithMemory() throws {
        let stage = try AlertProcess(
            ["--live", "127.0.0.1:0", "--subscribers", try directory.write("[]", to: "none.json")],
            in: directory)
        let port = try stage.livePort()
        #expect(try get("", port: port).ids.isEmpty)
        #expect(try get("?before=9999-12-31T23:59:59.999Z", port: port).older == nil)
        withExtendedLifetime(stage) {}
    }

    @Test func aDatabaseThatCannotBeReadIsAnError() throws {
        let (stage, port) = try serve(quiet(0..<3))
        try directory.write("this is no database, though long enough to be mistaken for one", to: "pm.db")
        #expect(try PlainHTTP.request(port: port, "/trades?before=2026-01-01T00:00:00Z").status == 503)
        #expect(eventually { stage.process.errors.contains("the live page cannot read older trades") })
        #expect(try get("", port: port).ids.count == 3)
    }

    @Test(arguments: [
        "?before=yesterday", "?before=-1", "?after=x", "?after=1&before=2", "?wallet=0xg", "?wallet=",
        "?id=1&wallet=0xa",
        "?after=1&wallet=0xa", "?market=%27%20OR%201", "?id=" + String(repeating: "a", count: 65),
    ])
    func invalidParametersAreRejected(query: String) throws {
        let (stage, port) = try serve([])
        let answer = try PlainHTTP.request(port: port, "/trades\(query)")
        #expect(answer.status == 400 && answer.text.contains("/trades?before="))
        withExtendedLifetime(stage) {}
    }

    @Test func answersAreCompressedForClientsThatAcceptIt() throws {
        let (stage, port) = try serve(quiet(0..<200).map(\.enriched))
        let plain = try PlainHTTP.request(port: port, "/trades")
        for (accepts, isCompressed) in [
            ("gzip", true), ("deflate, gzip;q=0.5", true), ("br", false), ("gzip;q=0", false),
            ("gzip; q=0.0", false),
        ] {
            let answer = try PlainHTTP.request(port: port, "/trades", headers: [("Accept-Encoding", accepts)])
            #expect((answer.headers["content-encoding"] == "gzip") == isCompressed, "\(accepts)")
            #expect(answer.headers["vary"] == "Accept-Encoding")
            guard isCompressed else { continue }
            #expect(answer.body.count * 5 < plain.body.count)
            #expect(try GzipReader.unpack(answer.body.span, atMost: 1 << 24) == plain.body)
        }
        withExtendedLifetime(stage) {}
    }

    @Test func aFileIsSentOnlyOnce() throws {
        let (stage, port) = try serve([])
        for path in ["/", "/page.js", "/page.css", "/icon.png"] {
            let first = try PlainHTTP.request(port: port, path, headers: [("Accept-Encoding", "gzip")])
            let tag = try #require(first.headers["etag"])
            for known in [tag, "W/\(tag)", "\"x\", \(tag)"] {
                let again = try PlainHTTP.request(port: port, path, headers: [("If-None-Match", known)])
                #expect(again.status == 304 && again.body.isEmpty && again.headers["etag"] == tag, "\(known)")
            }
            #expect(
                try PlainHTTP.request(port: port, path, headers: [("If-None-Match", "\"x\"")]).status == 200)
        }
        withExtendedLifetime(stage) {}
    }
}

extension TemporaryDirectory {
    /// Stores trades in the database of the pm-alert of this directory.
    func store(_ trades: [TradeLine]) throws {
        let store = try ChildProcess(
            Executables.path("pm-store"), ["--database", AlertProcess.database(self), "--quiet"],
            input: .text(trades.map(\.line).joined()))
        guard try store.wait() == .status(0) else { throw TestFailure(store.errors) }
    }
}
