import Foundation
import Glibc
import TestSupport
import Testing
import WebSockets

/// Gaps and their back-fill, over real sockets: the emitted trades are compared with those that happened.
@Suite(.serialized) struct GapTests {
    private let quick = [
        "--ping", "200ms", "--backoff-least", "50ms", "--backoff-most", "200ms", "--settle", "200ms",
        "--margin", "60s",
        "--silence-least", "400ms", "--silence-most", "800ms", "--first-data", "800ms", "--retry-gap",
        "500ms",
        "--mark", "200ms", "--silence-poll", "0",
    ]

    /// The options of tests that are not about silence: the test plays the feed, and may be delayed.
    private let calm = ["--silence-least", "10s", "--silence-most", "20s"]

    private struct Run {
        let feed: FakeFeed
        let truth: ExpectedTrades
        let child: ChildProcess

        /// Lets trades happen and sends them, one by one.
        func hear(_ count: Int) throws {
            for _ in 0..<count {
                feed.say(truth.happen())
                try feed.run(for: .milliseconds(5))
            }
        }

        /// Lets trades happen without sending them.
        func miss(_ count: Int, copies: Int = 1) {
            for _ in 0..<count { truth.happen(copies: copies) }
        }

        func gaps(_ state: String) -> [[String: Any]] {
            child.records.filter { $0["kind"] as? String == "gap" && $0["state"] as? String == state }
        }

        /// Sends trades until so many gaps are closed; `false` when that takes too long.
        func untilClosed(_ count: Int = 1, within limit: Duration = patience) throws -> Bool {
            let deadline = ContinuousClock.now + limit
            while gaps("closed").count < count {
                guard .now < deadline else { return false }
                try hear(1)
                try feed.run(for: .milliseconds(50))
            }
            return true
        }

        func expectTruth(_ comment: Comment? = nil) throws {
            _ = try feed.run { child.transactions.count >= truth.transactions.count }
            #expect(child.transactions.sorted() == truth.transactions.sorted(), comment)
            let ids = child.trades.compactMap { $0["id"] as? String }
            #expect(Set(ids).count == ids.count)
        }
    }

    private func start(_ more: [String] = [], truth: ExpectedTrades = ExpectedTrades()) throws -> Run {
        let feed = try FakeFeed()
        feed.onRequest = { truth.answer($0) }
        let child = try Ingest.start(["--url", feed.url, "--data-url", feed.dataURL] + quick + more)
        let run = Run(feed: feed, truth: truth, child: child)
        try #require(try feed.run { feed.subscriptions.count >= 1 })
        return run
    }

    @Test(arguments: [true, false])
    func tradesMissedWhileDisconnectedAreBackFilled(hasSecondVersion: Bool) throws {
        let truth = ExpectedTrades()
        truth.hasSecondVersion = hasSecondVersion
        truth.page = 20
        let run = try start(calm, truth: truth)
        try run.hear(20)
        run.feed.sessions.first?.drop(resetting: true)
        run.miss(30)
        #expect(try run.feed.run { run.feed.subscriptions.count == 2 })
        #expect(try run.untilClosed())
        try run.expectTruth()
        let gap = try #require(run.gaps("closed").first)
        #expect(gap["recovered"] as? Int == 30)
        #expect(run.gaps("open").first?["id"] as? String == gap["id"] as? String)
        #expect(run.child.trades.count { $0["via"] as? String == "backfill" } == 30)
        #expect((gap["from"] as? String ?? "") < (gap["to"] as? String ?? ""))
    }

    @Test func aFreezeWithAnsweredPingsIsNoticedAndBackFilled() throws {
        let run = try start()
        try run.hear(50)
        run.miss(10)
        #expect(
            try run.feed.run { run.feed.accepted == 2 }, "although the socket is open and pings are answered")
        #expect(try run.untilClosed())
        try run.expectTruth()
        #expect((run.gaps("closed").first?["cause"] as? String)?.contains("trades") == true)
    }

    /// The early type, `orders_matched`, is missed first, and a second connection is opened before `trades` is missed: it
    /// receives trades, but not those before it.
    @Test func aSuccessorDoesNotCoverTheTimeBeforeIt() throws {
        let run = try start()
        for _ in 0..<30 {
            run.feed.say(run.truth.frame(of: lastRow(of: run), type: "orders_matched"))
            try run.hear(1)
        }
        let frozen = run.feed.sessions[0]
        frozen.send(run.truth.frame(of: lastRow(of: run), type: "orders_matched"))
        for _ in 0..<15 {
            let frame = run.truth.happen()
            frozen.send(frame)
            try run.feed.run(for: .milliseconds(10))
        }
        run.miss(10)
        let deadline = ContinuousClock.now + patience
        while run.gaps("closed").isEmpty, .now < deadline {
            let frame = run.truth.happen()
            for session in run.feed.sessions where session !== frozen { session.send(frame) }
            try run.feed.run(for: .milliseconds(run.gaps("open").isEmpty ? 10 : 50))
        }
        #expect(!run.gaps("closed").isEmpty)
        try run.expectTruth()
    }

    private func lastRow(of run: Run) -> ExpectedTrades.Row {
        if run.truth.rows.isEmpty { run.miss(1) }
        return run.truth.rows[run.truth.rows.count - 1]
    }

    /// Frames come, and none can be read: that is said at once, with a sample, and in the cause of the gap.
    @Test func aFeedThatCannotBeReadIsNotCalledSilent() throws {
        let run = try start()
        try run.hear(20)
        let bad = Messages.activity(Messages.row(price: #""soon""#))
        while run.gaps("open").isEmpty {
            run.feed.say(bad)
            try run.feed.run(for: .milliseconds(20))
            try #require(run.feed.accepted < 10)
        }
        #expect(run.child.errors.contains("a message cannot be used") && run.child.errors.contains("soon"))
        let cause = run.gaps("open").first?["cause"] as? String ?? ""
        #expect(cause.contains("could be read") && cause.contains("price"))
    }

    @Test func eachTwinOfAGapIsEmitted() throws {
        let run = try start(calm)
        try run.hear(5)
        run.feed.sessions.first?.drop()
        run.miss(3, copies: 3)
        #expect(try run.feed.run { run.feed.subscriptions.count == 2 })
        #expect(try run.untilClosed())
        try run.expectTruth()
        #expect(run.gaps("closed").first?["recovered"] as? Int == 9)
    }

    @Test func aGapStaysOpenWhileTheAPIIsAwayAndIsTriedAgain() throws {
        let run = try start(["--settle", "20ms"])
        try run.hear(5)
        run.truth.hasAnything = false
        run.feed.sessions.first?.drop()
        run.miss(5)
        #expect(try run.feed.run { run.feed.subscriptions.count == 2 })
        try run.hear(1)
        #expect(
            try run.feed.run { run.gaps("open").count >= 3 },
            "one record at its begin, one at its end, and one that it is still open")
        run.truth.hasAnything = true
        #expect(try run.untilClosed())
        try run.expectTruth()
    }

    @Test func honoursTheRetryAfterOfTheAPI() throws {
        let run = try start()
        try run.hear(5)
        run.truth.refusals = [
            Response(status: 429, headers: [("Retry-After", "1")]),
            Response(status: 503, headers: [("Retry-After", "1")]),
        ]
        run.feed.sessions.first?.drop()
        run.miss(5)
        let start = ContinuousClock.now
        #expect(try run.untilClosed())
        #expect(start.duration(to: .now) >= .seconds(2))
        try run.expectTruth()
    }

    @Test func withoutAnAPIAGapIsUnrecoverable() throws {
        let feed = try FakeFeed()
        let child = try Ingest.start(["--url", feed.url] + quick)
        let run = Run(feed: feed, truth: ExpectedTrades(), child: child)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        try run.hear(3)
        feed.sessions.first?.drop()
        #expect(try feed.run { feed.subscriptions.count == 2 })
        try run.hear(1)
        #expect(try feed.run { !run.gaps("unrecoverable").isEmpty })
        #expect(feed.requests.isEmpty, "with another feed, the real API is not requested")
    }

    @Test func aRotationLosesNothingAndIsNoGap() throws {
        let run = try start(calm + ["--rotate", "400ms", "--handover", "2s"])
        while run.feed.accepted < 6 {
            try run.hear(1)
            try run.feed.run(for: .milliseconds(10))
            try #require(run.truth.rows.count < 3000)
        }
        try run.hear(20)
        try run.expectTruth()
        #expect(run.gaps("open").isEmpty)
        #expect(run.feed.sessions.count <= 2)
    }

    @Test func aSilentSuccessorDoesNotReplaceAConnectionThatReceives() throws {
        let run = try start(calm + ["--rotate", "300ms", "--handover", "300ms", "--first-data", "5s"])
        let first = try #require(run.feed.sessions.first)
        while run.truth.rows.count < 300 || run.feed.accepted < 3 {
            first.send(run.truth.happen())
            try run.feed.run(for: .milliseconds(5))
            try #require(run.truth.rows.count < 6000)
        }
        #expect(run.feed.sessions.contains { $0 === first })
        try run.expectTruth()
    }

    @Test func withTwoConnectionsOneMayFreezeOrEndWithoutAGap() throws {
        let run = try start(["--connections", "2", "--silence-least", "2s", "--silence-most", "4s"])
        #expect(try run.feed.run { run.feed.sessions.count == 2 })
        try run.hear(30)
        run.feed.sessions.first?.drop(resetting: true)
        while run.feed.accepted < 3 || run.feed.sessions.count < 2 {
            try run.hear(1)
            try #require(run.truth.rows.count < 6000)
        }
        try run.hear(30)
        let silent = run.feed.sessions.last
        // One connection was replaced because it ended, the other because it is silent.
        while run.feed.accepted < 4 {
            let frame = run.truth.happen()
            for session in run.feed.sessions where session !== silent { session.send(frame) }
            try run.feed.run(for: .milliseconds(5))
            try #require(run.truth.rows.count < 6000)
        }
        try run.hear(5)
        try run.expectTruth()
        #expect(run.gaps("open").isEmpty)
    }

    @Test func ordersMatchedWithoutTradesIsAGap() throws {
        let run = try start()
        try run.hear(20)
        // orders_matched continues, trades is silent: the rows of makers are missed.
        while run.truth.rows.count < 170 || run.gaps("open").isEmpty {
            run.truth.happen()
            if let row = run.truth.rows.last, row.number % 2 == 0 {
                run.feed.say(run.truth.frame(of: row, type: "orders_matched"))
            }
            try run.feed.run(for: .milliseconds(10))
            try #require(run.truth.rows.count < 3000)
        }
        #expect(try run.untilClosed())
        try run.expectTruth()
    }

    @Test func anAuditAddsTradesThatWereMissedWithoutAGap() throws {
        let folder = try TemporaryDirectory()
        let run = try start(calm + ["--audit", "2s", "--status-dir", folder.path])
        try run.hear(20)
        run.miss(2)
        try run.hear(20)
        let missed = Set([20, 21].map(Messages.hash))
        let deadline = ContinuousClock.now + patience
        while !missed.isSubset(of: run.child.transactions), .now < deadline {
            try run.hear(1)
            try run.feed.run(for: .milliseconds(100))
        }
        try run.expectTruth()
        #expect(
            try run.feed.run { (try? folder.read("pm-ingest.json").contains("audit_missed\":2")) ?? false })
        let status = parsed(try folder.read("pm-ingest.json").utf8)
        #expect((status["completeness"] as? Double ?? 100) < 100)
        #expect(run.child.errors.contains("audit"))
    }

    /// An API that has no rows, or only old ones, while its status says that it is up to date.
    @Test(arguments: [(true, 0.0), (false, 2.5)])
    func anAPIThatDoesNotShowWhatTheFeedSentClosesAndRetractsNothing(isEmpty: Bool, lag: Double) throws {
        let run = try start(calm + ["--audit", "500ms", "--settle", "50ms"])
        try run.hear(20)
        (run.truth.isEmpty, run.truth.lag) = (isEmpty, lag)
        run.feed.sessions.first?.drop(resetting: true)
        run.miss(10)
        #expect(try run.feed.run { run.feed.subscriptions.count == 2 })
        let last = Messages.hash(run.truth.rows.count - 1)
        let before = run.feed.requests.count
        while run.feed.requests.count < before + 12 {
            try run.hear(1)
            if run.truth.isEmpty { #expect(run.gaps("closed").isEmpty) }
            try run.feed.run(for: .milliseconds(50))
        }
        run.truth.isEmpty = false
        #expect(try run.untilClosed())
        let lines = run.child.lines
        let closed = lines.firstIndex { $0.contains(#""state":"closed""#) } ?? 0
        #expect(lines[..<closed].contains { $0.contains(last) }, "the last missed trade comes before")
        run.truth.lag = 0
        try run.expectTruth()
        #expect(!run.child.output.contains(#""kind":"retract""#))
    }

    @Test(arguments: [CloseCode.policyViolation, .serviceRestart, .tryAgainLater])
    func honoursClosingCodes(code: CloseCode) throws {
        let run = try start()
        try run.hear(3)
        let closed = ContinuousClock.now
        run.feed.sessions.first?.close(code, "slow consumer")
        #expect(try run.feed.run { run.feed.subscriptions.count == 2 })
        // Ten times the shortest pause, at most the longest; without such a code it would be at most 50 ms.
        #expect(closed.duration(to: run.feed.attempts[1]) >= .milliseconds(190))
        run.miss(2)
        #expect(try run.untilClosed())
        try run.expectTruth()
        #expect(run.child.errors.contains("slow consumer"))
    }
}
