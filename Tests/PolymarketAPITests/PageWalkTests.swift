import PMRecord
import PolymarketAPI
import Testing

/// Services that page in every way seen, good and bad.
struct PageWalkTests {
    static let now = ContinuousClock.now
    static let trades = DataAPI.TradesRead(takerOnly: true)
    static let tradesV1 = DataAPI.TradesRead(.v1, takerOnly: true)
    static let positions = DataAPI.PositionsRead(of: "0xaa", .open)

    /// Answers each request of a walk, at most 50.
    static func walk<Read: PagedRead>(
        _ read: Read, within bounds: PageWalk<Read>.Bounds = .init(),
        _ answer: (APIRequest, Int) -> String
    ) throws -> (rows: [Read.Row], walk: PageWalk<Read>) {
        var walk = PageWalk(read, within: bounds, at: now)
        var rows: [Read.Row] = []
        while let request = walk.request, walk.pages < 50 {
            let page = try read.page(in: bytes(answer(request, walk.pages)))
            rows += walk.take(page, at: now.advanced(by: .seconds(walk.pages)))
        }
        return (rows, walk)
    }

    static func trade(_ number: Int, version: DataAPIVersion = .v2) -> String {
        switch version {
        case .v1: #"{"proxyWallet":"0xaa","asset":"7","size":\#(number),"price":0.5}"#
        case .v2: #"{"proxy_wallet":"0xaa","token_id":"7","size":\#(number),"price":0.5}"#
        }
    }

    static func position(_ asset: Int, profit: Int = 0) -> String {
        #"{"token_id":"\#(asset)","total_pnl":\#(profit)}"#
    }

    @Test func shortPagesAreNotTheLast() throws {
        let (rows, walk) = try Self.walk(Self.trades) { _, page in
            paged([Self.trade(2 * page), Self.trade(2 * page + 1)], next: page < 4 ? "c\(page)" : nil)
        }
        #expect(rows.map(\.size) == (0..<10).map { Micros(integerLiteral: $0) })
        #expect(walk.end == .complete && walk.isComplete && walk.pages == 5)
    }

    @Test func eachRequestRepeatsTheFiltersAndGoesOnAtTheCursor() throws {
        var targets: [String] = []
        let read = DataAPI.TradesRead(wallet: "0xaa", takerOnly: false)
        _ = try Self.walk(read) { request, page in
            targets.append(request.target)
            return paged([Self.trade(page)], next: page == 0 ? "a+b/c=" : nil)
        }
        let first = "/v2/trades?user=0xaa&taker_only=false&limit=1000"
        #expect(targets == [first, first + "&cursor=a%2Bb%2Fc%3D"])
    }

    /// Polymarket/agents#227: every cursor leads to page one.
    @Test(arguments: ["same", "new"]) func aPageThatComesBackEndsTheWalk(cursor: String) throws {
        let (rows, walk) = try Self.walk(Self.trades) { _, page in
            paged((0..<1000).map { Self.trade($0) }, next: cursor == "same" ? "c" : "c\(page)")
        }
        #expect(rows.count == 1000)
        #expect(walk.end == .stalled("a page came back"))
        #expect(walk.end?.description == "stalled: a page came back" && !walk.isComplete)
    }

    @Test func aCursorThatComesBackEndsTheWalk() throws {
        let (rows, walk) = try Self.walk(Self.trades) { _, page in
            paged([Self.trade(2 * page), Self.trade(2 * page + 1)], next: page.isMultiple(of: 2) ? "a" : "b")
        }
        #expect(rows.count == 6 && walk.end == .stalled("a cursor came back"))
    }

    @Test(arguments: [
        (true, nil, "has_more is true, and there is no next_cursor"),
        (false, "c", "has_more is false, and there is a next_cursor"),
    ])
    func aContradictionEndsTheWalk(hasMore: Bool, cursor: String?, reason: String) throws {
        let (rows, walk) = try Self.walk(Self.trades) { _, _ in
            paged([Self.trade(1)], next: cursor, hasMore: hasMore)
        }
        #expect(rows.count == 1 && walk.end == .stalled(reason))
    }

    /// Version 1 gave 500 rows where 1000 were asked for.
    @Test func aListWithoutCursorsGoesOnBehindTheRowsReceived() throws {
        var offsets: [Int] = []
        let (rows, walk) = try Self.walk(Self.tradesV1) { request, _ in
            let offset = request.target.split(separator: "offset=").last.flatMap { Int($0) } ?? -1
            offsets.append(offset)
            return list((offset..<min(offset + 500, 1300)).map { Self.trade($0, version: .v1) })
        }
        #expect(offsets == [0, 500, 1000, 1300])
        #expect(rows.count == 1300 && walk.isComplete)
    }

    @Test func anOffsetThatIsIgnoredEndsTheWalk() throws {
        let (rows, walk) = try Self.walk(Self.tradesV1) { _, _ in
            list((0..<500).map { Self.trade($0, version: .v1) })
        }
        #expect(rows.count == 500 && walk.end == .stalled("a page came back"))
    }

    @Test func aListEndsAtTheServicesLargestOffset() throws {
        let (rows, walk) = try Self.walk(Self.tradesV1) { _, page in
            list((0..<1000).map { Self.trade(1000 * page + $0, version: .v1) })
        }
        #expect(rows.count == 11_000 && walk.end == .truncated(.offset))
    }

    /// 250 open positions of +1,000 and 120 closed ones of +10, at most 100 a page: 251,200.
    @Test func clampedPagesOfPositionsAddUp() throws {
        func total(_ status: DataAPI.PositionsRead.Status, _ count: Int, _ profit: Int) throws -> Micros {
            let (rows, walk) = try Self.walk(DataAPI.PositionsRead(of: "0xaa", status)) { _, page in
                let end = min(100 * page + 100, count)
                return paged(
                    (100 * page..<end).map { Self.position($0, profit: profit) },
                    next: end < count ? "c\(end)" : nil, limit: 100)
            }
            #expect(walk.isComplete)
            return rows.compactMap(\.totalProfit).reduce(.zero, +)
        }
        #expect(try total(.open, 250, 1000) + total(.closed, 120, 10) == 251_200)
    }

    @Test func rowsThatMovedToTheNextPageComeOnce() throws {
        let pages = [[1, 2, 3], [3, 4], [4]].map { $0.map { Self.position($0) } }
        let (rows, walk) = try Self.walk(Self.positions) { _, page in
            paged(pages[page], next: page < 2 ? "c\(page)" : nil)
        }
        #expect(rows.map(\.asset) == ["1", "2", "3", "4"])
        #expect(walk.repeated == 2 && walk.isComplete)
    }

    @Test func aPositionThatChangedBetweenTwoPagesComesOnce() throws {
        let pages = [[Self.position(1, profit: 5)], [Self.position(1, profit: 6), Self.position(2)]]
        let (rows, _) = try Self.walk(Self.positions) { _, page in
            paged(pages[page], next: page < 1 ? "c" : nil)
        }
        #expect(rows.map(\.asset) == ["1", "2"])
    }

    @Test func equalTradesAreKeptInAPageAndAcrossItsEnd() throws {
        let pages = [[1, 2, 2], [2], [3]].map { $0.map { Self.trade($0) } }
        let (rows, walk) = try Self.walk(Self.trades) { _, page in
            paged(pages[page], next: page < 2 ? "c\(page)" : nil)
        }
        #expect(rows.map(\.size) == [1, 2, 2, 2, 3] && walk.isComplete)
    }

    @Test func oneRowForEverIsAStandstill() throws {
        let (rows, walk) = try Self.walk(Self.trades) { _, page in paged([Self.trade(1)], next: "c\(page)") }
        #expect(rows.count == 2 && walk.end == .stalled("a page came back"))
    }

    @Test func anEmptyPageMayHaveMoreBehindIt() throws {
        let pages = [[Self.trade(1)], [], [Self.trade(2)]]
        let (rows, walk) = try Self.walk(Self.trades) { _, page in
            paged(pages[page], next: page < 2 ? "c\(page)" : nil)
        }
        #expect(rows.count == 2 && walk.isComplete)
        let (none, standing) = try Self.walk(Self.trades) { _, page in paged([], next: "c\(page)") }
        #expect(none.isEmpty && standing.pages == 2 && standing.end == .stalled("a page came back"))
    }

    @Test(arguments: [#"{"data":null}"#, #"{"data":[]}"#, #"{"data":null,"pagination":null}"#, paged([])])
    func nothingFoundIsAnEmptyList(answer: String) throws {
        let (rows, walk) = try Self.walk(Self.trades) { _, _ in answer }
        #expect(rows.isEmpty && walk.isComplete)
    }

    @Test func unreadableRowsAreCountedAndEndNothing() throws {
        let combo = #"""
            {"proxy_wallet":"0xaa","token_id":"1","condition_id":"0x03\#(String(repeating: "0", count: 60))",\#
            "size":1,"price":0.7}
            """#
        let pages = [[combo, #"{"proxy_wallet":"0xaa","size":1}"#, "7"], [Self.trade(3)]]
        let (rows, walk) = try Self.walk(Self.trades) { _, page in
            paged(pages[page], next: page < 1 ? "c" : nil)
        }
        #expect(rows.count == 2 && rows[0].conditionID?.marketType == .combo)
        #expect(walk.count == 4 && walk.unreadable == 2 && walk.firstProblem == "token_id is missing")
        #expect(walk.end == .complete && !walk.isComplete)
    }

    @Test(arguments: [
        (PageWalk<DataAPI.TradesRead>.Bounds(rows: 5), WalkEnd.Bound.rows, 6),
        (.init(pages: 4), .pages, 8),
        (.init(duration: .seconds(2)), .duration, 6),
    ])
    func boundsTruncate(bounds: PageWalk<DataAPI.TradesRead>.Bounds, end: WalkEnd.Bound, count: Int) throws {
        let (rows, walk) = try Self.walk(Self.trades, within: bounds) { _, page in
            paged([Self.trade(2 * page), Self.trade(2 * page + 1)], next: "c\(page)")
        }
        #expect(rows.count == count && walk.end == .truncated(end) && !walk.isComplete)
    }

    @Test func aListThatEndsAtTheBoundIsComplete() throws {
        let (_, walk) = try Self.walk(Self.trades, within: .init(rows: 1, pages: 1)) { _, _ in
            paged([Self.trade(1)])
        }
        #expect(walk.isComplete)
    }

    /// A full last page of Gamma is followed by an empty one.
    @Test func keysetListsEndWithoutACursor() throws {
        var targets: [String] = []
        let (rows, walk) = try Self.walk(Gamma.MarketsRead(.mostTraded)) { request, page in
            targets.append(request.target)
            let rows = page == 0 ? (0..<100).map { #"{"conditionId":"0x\#($0)"}"# } : []
            return
                #"{"markets":[\#(rows.joined(separator: ","))]\#(page == 0 ? #","next_cursor":"c"}"# : "}")"#
        }
        #expect(rows.count == 100 && walk.isComplete)
        let first =
            "/markets/keyset?limit=100&closed=false&include_tag=true&order=volume24hr&ascending=false"
        #expect(targets == [first, first + "&after_cursor=c"])
    }

    @Test func aWalkGoesOnWhereAnotherStopped() throws {
        var walk = PageWalk(Self.trades, from: .cursor("x"), at: Self.now)
        #expect(walk.request?.target.hasSuffix("&cursor=x") == true)
        let page = try Self.trades.page(in: bytes(paged([Self.trade(1)], next: "y")))
        #expect(walk.take(page, at: Self.now).count == 1)
        walk.stop()
        #expect(walk.request == nil && walk.end == .stopped && walk.position == .cursor("y"))
        #expect(walk.take(page, at: Self.now).isEmpty)
    }
}
