import Foundation
import Ingestion
import PMRecord
import Testing

/// Back-fills against an API that is a function, with a clock that is a number.
struct BackfillTests {
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
        _ backfill: inout Backfill, emitted: (FeedMessage) -> (new: Int, suspected: Int) = { _ in (0, 0) },
        respond: (String) -> (status: Int, body: String)
    ) -> (targets: [String], state: Gap.State, took: Duration) {
        var now = start
        var targets: [String] = []
        let decoder = FrameDecoder(via: .backfill)
        for _ in 0..<10_000 {
            switch backfill.next(at: now) {
            case .fetch(let target):
                targets.append(target)
                let (status, body) = respond(target)
                guard status == 200 else {
                    backfill.failed(status: status, at: now)
                    continue
                }
                let messages = backfill.received(
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
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, took) = run(&backfill) {
            $0.hasPrefix("/v2/status") ? (200, "{}") : (200, empty)
        }
        #expect(state == .closed)
        #expect(
            targets.map { $0.prefix { $0 != "?" } } == [
                "/v2/status", "/v2/trades", "/v2/status", "/v2/trades",
            ])
        #expect(took == .seconds(20), "it waits for the API to catch up, and once more")
        #expect(Set(targets).count == 4, "a cache serves the response of a URL for minutes")
    }

    @Test func aReadThatAddsTradesIsFollowedByTwoMore() {
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
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
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
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
        #expect(targets.count { $0.hasPrefix("/v2/trades") } == 2 * 6, "two reads, each of six pages")
        #expect(seen.allSatisfy { -180...10 ~= $0 }, "the gap and its margins")
        #expect(seen.count { $0 == -180 } == 2 && seen.count { $0 == 10 } == 2)
    }

    @Test func waitsWhileTheAPILagsBehind() {
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
        let (_, state, took) = run(&backfill) { target in
            target.hasPrefix("/v2/status") ? (200, #"{"serving":{"lag_seconds":45.5}}"#) : (200, empty)
        }
        #expect(state == .closed)
        #expect(took >= .seconds(60), "until now − lag is later than the gap's end and the settling time")
    }

    @Test func fallsBackToTheFirstVersionWhereThereIsNoSecond() {
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, _) = run(&backfill) { $0.hasPrefix("/v2") ? (404, "") : (200, "[]") }
        #expect(state == .closed && backfill.version == .first)
        let first = targets.first { $0.hasPrefix("/trades") }
        #expect(first?.contains("takerOnly=false") == true)
        #expect(first?.contains("start=\(wall.milliseconds / 1000 - 181)") == true)
        #expect(first?.contains("end=\(wall.milliseconds / 1000 + 11)") == true)
    }

    @Test func theMarketChannelIsBackFilledFromTakersOnly() {
        var backfill = Backfill(of: gap(.market), Intervals(), wall: wall, at: start)
        let (targets, _, _) = run(&backfill) { $0.hasPrefix("/v2/trades") ? (200, empty) : (404, "") }
        #expect(targets.contains { $0.contains("taker_only=true") })
    }

    @Test func halvesAWindowWithMoreRowsThanAnOffsetReaches() {
        var backfill = Backfill(of: gap(), Intervals(), version: .first, wall: wall, at: start)
        let second = wall.milliseconds / 1000
        // 70 rows a second are 13,370 in the window: more than the offset of the first version reaches.
        let all = (second - 180...second + 10).flatMap { time in Array(repeating: time, count: 70) }
        var received = 0
        let (targets, state, _) = run(&backfill) { _ in
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
        #expect(received == 2 * all.count, "each row once in each read")
        #expect(targets.count > 2 * 14)
    }

    @Test func staysOpenWhenTheAPIKeepsFailing() {
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
        let (targets, state, _) = run(&backfill) { _ in (503, "") }
        #expect(state == .open)
        #expect(targets.count == 6)
    }

    @Test(arguments: ["", "<html>", "{}", #"{"data":{}}"#, #"{"data":[1,2"#, "[]"])
    func anInvalidResponseIsAFailure(body: String) {
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
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
        var backfill = Backfill(of: gap(), Intervals(), slice: 30, wall: wall, at: start)
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
        #expect(pages == slices.flatMap { $0 + $0 + $0 })
    }

    @Test func aFailedPageIsRequestedAgainWithoutThePagesBeforeIt() {
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
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
        #expect(pages.count == 9 && targets.count { $0.hasSuffix("cursor=10") } == 2)
    }

    @Test func fallsBackToTheFirstVersionWhenNoRowIsATrade() {
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
        let (_, state, _) = run(&backfill) { target in
            target.hasPrefix("/v2")
                ? (200, #"{"data":[{"wallet":"0x1"}],"pagination":{"has_more":false}}"#) : (200, "[]")
        }
        #expect(state == .closed && backfill.version == .first)
    }

    @Test func anInvalidRowMakesTheGapUnrecoverable() {
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
        let rows = "\(Messages.row(timestamp: "\(wall.milliseconds / 1000)")),{}"
        let (_, state, _) = run(&backfill) { target in
            target.hasPrefix("/v2/status")
                ? (404, "") : (200, #"{"data":[\#(rows)],"pagination":{"has_more":false}}"#)
        }
        #expect(state == .unrecoverable)
    }

    @Test func fallsBackToTheFirstVersionWhenACursorIsMissing() {
        var backfill = Backfill(of: gap(), Intervals(), wall: wall, at: start)
        let (_, _, _) = run(&backfill) { target in
            target.hasPrefix("/v2") ? (200, #"{"data":[],"pagination":{"has_more":true}}"#) : (200, "[]")
        }
        #expect(backfill.version == .first)
    }

    @Test func aTwinIsEmittedWhenTwoReadsShowIt() {
        var sequencer = TradeSequencer()
        let decoder = FrameDecoder(via: .backfill)
        func read() -> [String] {
            sequencer.beginReading()
            return (0..<2).map { _ in
                switch sequencer.sequence(decoder.row(Array(Messages.row().utf8), receivedAt: wall)!) {
                case .line: "emitted"
                case .unconfirmedTwin: "suspected"
                case .duplicate: "duplicate"
                case .dropped, .malformed: "?"
                }
            }
        }
        #expect(read() == ["emitted", "suspected"])
        #expect(read() == ["duplicate", "emitted"])
        #expect(read() == ["duplicate", "duplicate"])
    }
}
