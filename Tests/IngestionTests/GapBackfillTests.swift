import Foundation
import Ingestion
import PMRecord
import PolymarketAPI
import Testing

/// Back-fills against an API that is a function, with a clock that is a number.
struct GapBackfillTests {
    private let wall = Timestamp(milliseconds: 1_790_272_000_000)
    private let start = ContinuousClock.now

    private func gap(_ feed: Feed = .activity) -> Gap {
        Gap(id: "g", feed: feed, state: .open, from: wall + -60, to: wall, cause: "silence")
    }

    /// Runs a back-fill to its end.
    ///
    /// - Parameters:
    ///   - emitted: Says of each message how many new or suspected trades it is.
    ///   - respond: The API.
    private func run(
        _ backfill: inout GapBackfill, order: VersionPolicy.Order = .v2ThenV1,
        received: ReceivedTrades = ReceivedTrades(),
        emitted: (FeedMessage) -> (new: Int, suspected: Int) = { _ in (0, 0) },
        respond: (String) -> (status: Int, body: String)
    ) -> (targets: [String], state: Gap.State, took: Duration) {
        var now = start
        var targets: [String] = []
        var policy = VersionPolicy(order)
        let decoder = FrameDecoder(via: .backfill)
        for _ in 0..<10_000 {
            switch backfill.next(at: now, &policy, received) {
            case .fetch(let request):
                #expect(
                    request.bypassesCache || request.route == .dataV2Status,
                    "a cache serves a URL for minutes")
                targets.append(request.target)
                let (status, body) = respond(request.target)
                _ = policy.note(status: status, of: request.route, at: now)
                guard status == 200 else {
                    backfill.failed(status: status, "HTTP \(status)", at: now)
                    continue
                }
                let (messages, _) = backfill.received(
                    Array(body.utf8), decoder, wall: wall.advanced(by: start.duration(to: now)), at: now)
                let counts = messages.map(emitted)
                backfill.emitted(
                    new: counts.reduce(0) { $0 + $1.new }, suspected: counts.reduce(0) { $0 + $1.suspected },
                    at: now)
            case .wait(let due): now = due
            case .settled(let state): return (targets, state, start.duration(to: now))
            }
        }
        return (targets, .open, start.duration(to: now))
    }

    private let empty = #"{"data":[],"pagination":{"has_more":false,"next_cursor":null}}"#

    @Test func closesAfterTwoReadsThatAddNothing() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, took) = run(&backfill) {
            $0.hasPrefix("/v2/status") ? (200, "{}") : (200, empty)
        }
        #expect(state == .closed)
        #expect(
            targets.map { $0.prefix { $0 != "?" } } == [
                "/v2/status", "/v2/trades", "/v2/trades", "/v2/status", "/v2/trades",
            ])
        #expect(took == .seconds(20), "it waits for the API to catch up, and once more")
        let lists = targets.filter { $0.hasPrefix("/v2/trades") }.map { $0.contains("taker_only=true") }
        #expect(lists == [true, false, false], "the takers come first")
    }

    @Test func aReadThatAddsTradesIsFollowedByTwoMore() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        var found = 3
        let row = Messages.row(timestamp: "\(wall.milliseconds / 1000 - 30)")
        let (targets, state, _) = run(&backfill) { _ in
            defer { found = 0 }
            return (found, 0)
        } respond: { target in
            target.hasPrefix("/v2/status")
                ? (404, "") : (200, #"{"data":[\#(row)],"pagination":{"has_more":false}}"#)
        }
        #expect(state == .closed && backfill.recovered == 3)
        #expect(targets.count { $0.hasPrefix("/v2/trades") } == 3)
    }

    @Test func followsTheCursorDownToTheWindowsStart() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        var seen: [Int64] = []
        let (targets, _, _) = run(&backfill) { message in
            seen.append(message.trade!.time.milliseconds / 1000 - wall.milliseconds / 1000)
            return (0, 0)
        } respond: { target in
            guard target.hasPrefix("/v2/trades") else { return (404, "") }
            let page = target.components(separatedBy: "cursor=").dropFirst().first.flatMap { Int($0) } ?? 0
            let rows = (0..<10).map { offset in
                Messages.row(timestamp: "\(wall.milliseconds / 1000 + 100 - Int64(page * 50 + offset * 5))")
            }
            return (
                200,
                #"{"data":[\#(rows.joined(separator: ","))],"pagination":{"has_more":true,"next_cursor":"\#(page + 1)"}}"#
            )
        }
        #expect(
            targets.count { $0.hasPrefix("/v2/trades") } == 3 * 7,
            "three reads, each of six pages, and one that shows that the window ends")
        #expect(seen.allSatisfy { -180...10 ~= $0 }, "the gap and its margins")
        #expect(seen.count { $0 == -180 } == 3 && seen.count { $0 == 10 } == 3)
    }

    private func status(lag: Double, worst: Double = 0) -> String {
        #"{"data":{"computed_at":"2026-09-24T18:00:00Z","age_seconds":0.5,"serving":{"lag_seconds":\#(worst),"#
            + #""mechanisms":[{"name":"activity_feed","age_seconds":\#(lag)},{"name":"pnl","age_seconds":900}]}}}"#
    }

    @Test func waitsWhileTheListsOfTradesLagBehind() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (_, state, took) = run(&backfill) { target in
            target.hasPrefix("/v2/status") ? (200, status(lag: 45.5)) : (200, empty)
        }
        #expect(state == .closed)
        #expect(took >= .seconds(60), "until now − lag is later than the gap's end and the settling time")
    }

    @Test func theLagOfOtherListsIsOfNoInterest() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall + 600, at: start)
        let (_, state, took) = run(&backfill) { target in
            target.hasPrefix("/v2/status") ? (200, status(lag: 6, worst: 900)) : (200, empty)
        }
        #expect(state == .closed && took < .seconds(60))
    }

    @Test(arguments: [404, 410, 501])
    func fallsBackToTheFirstVersionAfterTwoAnswersThatTheSecondIsGone(code: Int) {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, _) = run(&backfill) { $0.hasPrefix("/v2") ? (code, "") : (200, "[]") }
        #expect(state == .closed && backfill.version == .v1)
        #expect(targets.count { $0.hasPrefix("/v2/trades") } == 2)
        let first = targets.first { $0.hasPrefix("/trades") && $0.contains("takerOnly=false") }
        #expect(first?.contains("start=\(wall.milliseconds / 1000 - 181)") == true)
        #expect(first?.contains("end=\(wall.milliseconds / 1000 + 11)") == true)
    }

    @Test(arguments: [400, 500])
    func doesNotFallBackOnOtherErrors(code: Int) {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, _) = run(&backfill) { $0.hasPrefix("/v2") ? (code, "") : (200, "[]") }
        #expect(state == .open && !targets.contains { $0.hasPrefix("/trades") })
    }

    @Test func aPageThatComesBackEndsTheReadAndTheGapStaysOpen() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        var cursor = 0
        let (targets, state, _) = run(&backfill) { target in
            cursor += 1
            let rows = (0..<10).map { Messages.row(timestamp: "\(wall.milliseconds / 1000 - Int64($0))") }
            return target.hasPrefix("/v2/status")
                ? (404, "")
                : (
                    200,
                    #"{"data":[\#(rows.joined(separator: ","))],"pagination":{"has_more":true,"next_cursor":"\#(cursor)"}}"#
                )
        }
        #expect(state == .open && targets.count == 3)
        #expect(backfill.problem?.contains("came back") == true)
    }

    @Test func aShortPageOfTheFirstVersionIsNotTheLast() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        var seen: Set<Int64> = []
        let (_, state, _) = run(&backfill, order: .v1ThenV2) { message in
            seen.insert(message.trade!.time.milliseconds)
            return (0, 0)
        } respond: { target in
            let offset = Int(target.components(separatedBy: "offset=")[1].prefix { $0.isNumber })!
            let rows = (offset..<max(offset, min(offset + 7, 30))).map {
                Messages.row(timestamp: "\(wall.milliseconds / 1000 - Int64($0))")
            }
            return (200, "[\(rows.joined(separator: ","))]")
        }
        #expect(state == .closed && seen.count == 30)
    }

    @Test func theMarketChannelIsBackFilledFromTakersOnly() {
        var backfill = GapBackfill(of: gap(.market), Intervals(), wall: wall, at: start)
        let (targets, _, _) = run(&backfill) { $0.hasPrefix("/v2/trades") ? (200, empty) : (404, "") }
        #expect(targets.contains { $0.contains("taker_only=true") })
    }

    @Test func halvesAWindowWithMoreRowsThanAnOffsetReaches() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let second = wall.milliseconds / 1000
        // 70 rows a second are 13,370 in the window: more than the offset of the first version reaches.
        let all = (second - 180...second + 10).flatMap { time in Array(repeating: time, count: 70) }
        var received = 0
        let (targets, state, _) = run(&backfill, order: .v1ThenV2) { _ in
            received += 1
            return (0, 0)
        } respond: { target in
            func number(_ name: String) -> Int64 {
                Int64(target.components(separatedBy: "\(name)=")[1].prefix { $0.isNumber })!
            }
            guard number("offset") <= 10_000 else { return (400, "") }
            let inside = all.filter { number("start")...number("end") ~= $0 }.sorted(by: >)
            let page = inside.dropFirst(Int(number("offset"))).prefix(Int(number("limit")))
            return (200, "[" + page.map { Messages.row(timestamp: "\($0)") }.joined(separator: ",") + "]")
        }
        #expect(state == .closed)
        #expect(received == 3 * all.count, "each row once in each read")
        #expect(targets.count > 3 * 14)
    }

    @Test func staysOpenWhenTheAPIKeepsFailing() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, _) = run(&backfill) { _ in (503, "") }
        #expect(state == .open)
        #expect(targets.count == 6)
    }

    @Test(arguments: ["", "<html>", "{}", #"{"data":{}}"#, #"{"data":[1,2"#, "[]"])
    func anInvalidResponseIsAFailure(body: String) {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (_, state, _) = run(&backfill) { $0.hasPrefix("/v2/status") ? (200, "{}") : (200, body) }
        #expect(state == .open)
    }

    /// A page of the API's second version, which has so many rows: one a second, newest first, ten a page.
    private func page(_ target: String, of rows: Int) -> (status: Int, body: String) {
        guard target.hasPrefix("/v2/trades") else { return (404, "") }
        let start = target.components(separatedBy: "cursor=").dropFirst().first.flatMap { Int($0) } ?? 0
        let page = (start..<min(rows, start + 10)).map {
            Messages.row(timestamp: "\(wall.milliseconds / 1000 - Int64($0))")
        }
        let next = start + 10 < rows ? "\"\(start + 10)\"" : "null"
        return (
            200,
            #"{"data":[\#(page.joined(separator: ","))],"pagination":{"has_more":\#(next != "null"),"next_cursor":\#(next)}}"#
        )
    }

    @Test func aLongWindowIsReadInSlicesEachUntilItIsClean() {
        var backfill = GapBackfill(of: gap(), Intervals(), slice: 30, wall: wall, at: start)
        var emitted: [Timestamp: Int] = [:]
        let (targets, state, _) = run(&backfill) { message in
            emitted[message.trade!.time, default: 0] += 1
            return (emitted[message.trade!.time] == 1 ? 1 : 0, 0)
        } respond: {
            page($0, of: 100)
        }
        #expect(state == .closed && backfill.recovered == 100 && emitted.count == 100)
        let pages = targets.filter { $0.hasPrefix("/v2/trades") }.map {
            $0.components(separatedBy: "cursor=").dropFirst().first ?? "0"
        }
        // Three reads of each slice: one that adds, two that add nothing. Each slice begins with the last page of the one before.
        let slices = [
            ["0", "10", "20"], ["20", "30", "40"], ["40", "50", "60"], ["60", "70", "80"], ["80", "90"],
        ]
        let reads = [["0", "10"]] + slices.flatMap { [$0, $0, $0] }
        #expect(pages == reads.flatMap { $0 }, "the takers of half a slice come first")
    }

    @Test func aFailedPageIsRequestedAgainWithoutThePagesBeforeIt() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        var hasFailed = false
        let (targets, state, _) = run(&backfill) { target in
            if target.hasSuffix("cursor=20"), !hasFailed {
                hasFailed = true
                return (503, "")
            }
            return page(target, of: 40)
        }
        #expect(state == .closed)
        let pages = targets.filter { $0.hasPrefix("/v2/trades") }.map {
            $0.components(separatedBy: "cursor=").last!.prefix(2)
        }
        #expect(pages.count == 13 && targets.count { $0.hasSuffix("cursor=10") } == 3)
    }

    @Test func aGapStaysOpenWhenNoRowIsATrade() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, _) = run(&backfill) { target in
            target.hasPrefix("/v2")
                ? (200, #"{"data":[{"wallet":"0x1"}],"pagination":{"has_more":false}}"#) : (200, "[]")
        }
        #expect(state == .open && !targets.contains { $0.hasPrefix("/trades") })
    }

    @Test func anUnreadableRowIsKeptAndTheRestIsJudged() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let rows = "\(Messages.row(timestamp: "\(wall.milliseconds / 1000)")),{}"
        let (_, state, _) = run(&backfill) { target in
            target.hasPrefix("/v2/status")
                ? (404, "") : (200, #"{"data":[\#(rows)],"pagination":{"has_more":false}}"#)
        }
        #expect(state == .closed)
    }

    @Test func aPageWithoutCursorIsAStandstill() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, _) = run(&backfill) { target in
            target.hasPrefix("/v2/status") ? (404, "") : (200, #"{"data":[],"pagination":{"has_more":true}}"#)
        }
        #expect(state == .open && targets.count == 2)
    }

    @Test func noDataIsAnEmptyList() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (_, state, _) = run(&backfill) { _ in (200, #"{"data":null}"#) }
        #expect(state == .closed)
    }

    @Test func aTwinIsEmittedWhenTwoReadsShowItInOneAnswer() throws {
        var sequencer = TradeSequencer()
        let row = Messages.row()
        func read(_ pages: [Int]) throws -> [String] {
            sequencer.beginReading()
            let time = Timestamp(milliseconds: 1_790_272_257_000)
            var reader = TradeWindowReader(time...time, version: .v1, takerOnly: false)
            var messages: [FeedMessage] = []
            for count in pages + [0] {
                let body = "[\(Array(repeating: row, count: count).joined(separator: ","))]"
                messages += try reader.take(Array(body.utf8), FrameDecoder(via: .backfill), at: wall)
            }
            return messages.map { message in
                switch sequencer.sequence(message) {
                case .line: "emitted"
                case .unconfirmedTwin: "suspected"
                case .duplicate: "duplicate"
                case .dropped, .malformed: "?"
                }
            }
        }
        #expect(try read([1, 1]) == ["emitted", "duplicate"], "the list has moved on between two answers")
        #expect(try read([2]) == ["duplicate", "suspected"])
        #expect(try read([2]) == ["duplicate", "emitted"])
        #expect(try read([2]) == ["duplicate", "duplicate"])
    }

    // MARK: Evidence

    /// Trades that the feed sent: ten before the gap, ten after it.
    private func feedTrades() -> ReceivedTrades {
        var received = ReceivedTrades()
        for number in 1...20 {
            let second = number <= 10 ? number - 75 : number - 10
            received.note(
                .init(
                    transaction: UInt128(transactionHash: hash(number))!, time: wall + second,
                    receivedAt: start + .seconds(second)))
        }
        return received
    }

    private func hash(_ number: Int) -> String {
        "0x" + String(number + 16, radix: 16) + String(repeating: "0", count: 62)
    }

    /// A list of these trades of the feed.
    private func list(_ numbers: [Int]) -> String {
        let rows = numbers.map { number in
            let second = number <= 10 ? number - 75 : number - 10
            return Messages.row(
                transaction: hash(number), timestamp: "\(wall.milliseconds / 1000 + Int64(second))")
        }
        return #"{"data":[\#(rows.joined(separator: ","))],"pagination":{"has_more":false}}"#
    }

    @Test(arguments: [
        (Array(1...20), Gap.State.closed),
        (Array(6...15), .closed),
        ([], .open),
        (Array(1...10), .open),
        (Array(11...20), .open),
        (Array(8...20), .open),
        (Array(1...12), .open),
    ])
    func aReadCountsOnlyIfItShowsHalfOfWhatTheFeedSentAround(shown: [Int], expected: Gap.State) {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, _) = run(&backfill, received: feedTrades()) { target in
            target.hasPrefix("/v2/status") ? (404, "") : (200, list(shown))
        }
        #expect(state == expected)
        #expect(targets.count < 40)
        #expect((backfill.problem?.contains("does not show") == true) == (expected == .open))
    }

    /// An audit of the stretch with the trades 1 to 10 is as good as what it shows of them.
    @Test(arguments: [
        (Array(1...10), Gap.State.closed, 10),
        ([1, 2, 3, 4, 6, 7, 8, 10], .closed, 10),
        (Array(1...7), .closed, 7),
        ([1, 4, 8], .open, 8),
        ([], .open, 0),
        (Array(11...20), .open, 0),
    ])
    func anAuditProvesWhatItShows(shown: [Int], expected: Gap.State, last: Int) {
        var stretch = gap()
        (stretch.from, stretch.to) = (wall + -80, wall + -10)
        var backfill = GapBackfill(of: stretch, Intervals(), isExact: true, wall: wall, at: start)
        let (_, state, _) = run(&backfill, received: feedTrades()) { target in
            target.hasPrefix("/v2/status") ? (404, "") : (200, list(shown))
        }
        #expect(state == expected)
        if state == .closed { #expect(backfill.provedTo == wall + (last - 75)) }
    }

    /// This machine's clock was two hours behind when the gap ended.
    @Test func aWindowReachesToTheEndOfTheGapByTheExchangesClock() {
        var behind = gap()
        (behind.from, behind.to) = (wall + -7260, wall + -7200)
        var backfill = GapBackfill(of: behind, Intervals(), wall: wall + -7200, at: start)
        var seen: Set<Int64> = []
        _ = run(&backfill, received: feedTrades()) { message in
            seen.insert(wall.duration(to: message.trade!.time).components.seconds)
            return (0, 0)
        } respond: { target in
            target.hasPrefix("/v2/status") ? (404, "") : (200, list(Array(1...20)))
        }
        #expect(seen.contains(-70) && seen.contains(5))
    }

    @Test func rowsOutOfOrderAtTheEndOfAPageDoNotEndARead() {
        var backfill = GapBackfill(of: gap(), Intervals(), wall: wall, at: start)
        var seen: Set<Int64> = []
        _ = run(&backfill) { message in
            seen.insert(wall.duration(to: message.trade!.time).components.seconds)
            return (0, 0)
        } respond: { target in
            guard target.hasPrefix("/v2/trades") else { return (404, "") }
            let isSecond = target.contains("cursor=")
            let rows = (isSecond ? [-50, -900] : [-10, -20, -900]).map {
                Messages.row(timestamp: "\(wall.milliseconds / 1000 + Int64($0))")
            }
            return (
                200,
                #"{"data":[\#(rows.joined(separator: ","))],"pagination":{"has_more":\#(!isSecond),"next_cursor":\#(isSecond ? "null" : "\"b\"")}}"#
            )
        }
        #expect(seen == [-10, -20, -50])
    }
}
