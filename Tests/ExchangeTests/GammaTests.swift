import PMJSON
import TestSupport
import Testing

struct GammaTests {
    private static let shared = Result { try SimulatedExchange(["--paused", "--seed", "6"]) }
    private let exchange: SimulatedExchange

    init() throws { exchange = try Self.shared.get() }

    private func markets(_ query: String) throws -> [JSON] {
        try #require(exchange.json("/gamma/markets?\(query)").array)
    }

    @Test func resolvedMarketsNeedClosedTrue() throws {
        let closed = try #require(markets("closed=true&limit=1").first)
        let id = closed["conditionId"]!.string!
        #expect(try markets("condition_ids=\(id)").isEmpty)
        #expect(try markets("condition_ids=\(id)&closed=true").count == 1)
    }

    @Test func arraysComeInsideTexts() throws {
        let market = try #require(markets("order=volume24hr&ascending=false&limit=1").first)
        for name in ["outcomes", "outcomePrices", "clobTokenIds"] {
            #expect(try JSON(market[name]!.string!).array?.count == 2)
        }
        #expect(market["volume"]?.string != nil && market["volumeNum"]?.string == nil)
        #expect(
            market["events"]?.array?.first?["slug"] != nil && market["tags"]?.array?.first?["label"] != nil)
        let asset = try JSON(market["clobTokenIds"]!.string!).array![1].string!
        #expect(try markets("clob_token_ids=\(asset)").first?["id"] == market["id"])
        let slug = market["slug"]!.string!
        #expect(try markets("slug=\(slug)&slug=nothing").count == 1)
    }

    @Test func marketsComeByVolume() throws {
        let volumes = try markets("order=volume24hr&ascending=false&limit=60").map {
            $0["volume24hr"]!.double!
        }
        #expect(volumes.count == 60 && volumes == volumes.sorted(by: >))
    }

    @Test func aKeysetWalkReachesEveryMarket() throws {
        var (seen, cursor) = (Set<String>(), "")
        repeat {
            let page = try exchange.json("/gamma/markets/keyset?limit=25\(cursor)")
            seen.formUnion(page["markets"]!.array!.map { $0["id"]!.string! })
            cursor = page["next_cursor"]?.string.map { "&after_cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(try seen.count == markets("limit=500").count)
        #expect(try exchange.get("/gamma/markets/keyset?offset=3").status == 422)
    }

    @Test func eachFullPageHasACursorAndTheLastPageIsEmpty() throws {
        let all = try exchange.json("/control/markets").array!.filter {
            $0["live"]?.bool == true && $0["listed"]?.bool == true
        }
        let size = try #require((2...100).first { all.count.isMultiple(of: $0) })
        var (sizes, cursor) = ([Int](), "")
        repeat {
            let page = try exchange.json("/gamma/markets/keyset?limit=\(size)\(cursor)")
            sizes.append(page["markets"]!.array!.count)
            cursor = page["next_cursor"]?.string.map { "&after_cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(sizes.reduce(0, +) == all.count && sizes.last == 0)
        #expect(sizes.dropLast().allSatisfy { $0 == size })
    }

    @Test(
        arguments: [
            ("markets/keyset?offset=3", 422), ("markets/keyset?after_cursor=nonsense", 422),
            ("markets?order=volume_24hr", 422), ("events/keyset?order=nonsense", 422),
            ("markets/1", 404), ("events/slug/nothing", 404), ("events/x", 422), ("nothing", 404),
        ])
    func aWrongRequestHasATypeAndAnError(target: String, status: Int) throws {
        let answer = try exchange.get("/gamma/\(target)")
        let body = try JSON(answer.body)
        #expect(answer.status == status && body["error"]?.nonEmptyString != nil)
        #expect(body["type"]?.string == (status == 422 ? "validation error" : "not found error"))
    }

    @Test func unknownNamesAreIgnored() throws {
        let first = try exchange.json("/gamma/markets/keyset?limit=3")
        let cursor = try #require(first["next_cursor"]?.string)
        #expect(try exchange.json("/gamma/markets/keyset?limit=3&cursor=\(cursor)") == first)
        #expect(try markets("condition_ids%5B%5D=0x1&limit=7").count == 7)
    }

    @Test func listsByOffsetAreDeprecated() throws {
        for target in ["markets", "events"] {
            let headers = try exchange.get("/gamma/\(target)").headers
            #expect(headers["deprecation"] == "true" && headers["sunset"] == "Fri, 01 May 2026 00:00:00 GMT")
            #expect(headers["warning"] == #"299 - "use /markets/keyset""#)
        }
        #expect(try exchange.get("/gamma/markets/keyset").headers["deprecation"] == nil)
    }

    @Test func anEventIsFoundByIDAndBySlug() throws {
        let event = try #require(markets("limit=1").first?["events"]?.array?.first)
        let byID = try exchange.json("/gamma/events/\(event["id"]!.string!)")
        #expect(try exchange.json("/gamma/events/slug/\(event["slug"]!.string!)") == byID)
        #expect(byID["slug"] == event["slug"] && byID["markets"]?.array?.first?["events"] == nil)
    }

    @Test func marketsOfProtocolV2HavePositionsAndSomeAreNotListed() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"v2_share":0.5}"#)
        let rows = try exchange.json("/gamma/markets?version=v2&limit=500").array!
        #expect(!rows.isEmpty)
        for row in rows {
            #expect(row["conditionId"]!.string!.utf8.count == 64 && row["version"]?.string == "v2")
            #expect(row["positionIds"]?.array?.count == 2 && row["resolutionStatus"]?.string == "active")
        }
        #expect(rows.contains { $0["clobTokenIds"] == .null })
        let unlisted = try #require(
            exchange.json("/control/markets").array!.first {
                $0["listed"]?.bool == false && $0["module"]?.string == "binary" && $0["live"]?.bool == true
            })
        let id = unlisted["condition_id"]!.string!
        #expect(try exchange.json("/gamma/markets?condition_ids=\(id.dropLast(2))").array?.isEmpty == true)
        let asset = unlisted["assets"]!.array![0].string!
        #expect(try exchange.json("/data/v2/tokens?token_id=\(asset)")["data"]?.array?.count == 1)
    }

    @Test func negativeRiskGroupsShareAnEvent() throws {
        let market = try #require(markets("limit=500").first { $0["negRisk"]?.bool == true })
        let slug = market["events"]!.array![0]["slug"]!.string!
        let event = try #require(exchange.json("/gamma/events?slug=\(slug)").array?.first)
        let members = event["markets"]!.array!
        #expect(members.count >= 3)
        #expect(Set(members.map { $0["negRiskMarketID"]?.string }).count == 1)
    }

    @Test func unknownWalletsHaveNoProfile() throws {
        let answer = try exchange.get("/gamma/public-profile?address=0x0")
        #expect(answer.status == 404)
        #expect(try JSON(answer.body)["type"] != nil)
        let address = try #require(exchange.json("/control/wallets?limit=1").array?.first?["address"]?.string)
        #expect(try exchange.json("/gamma/public-profile?address=\(address)")["createdAt"] != nil)
    }

    @Test func titlesComeAsTheyAre() throws {
        let titles = try exchange.json("/control/markets").array!.compactMap { $0["title"]?.string }
        for part in ["\u{1B}[31m", "<script>", "\u{202E}", "🐳", "\n", "**Will**", #""The Long Night""#] {
            #expect(titles.contains { $0.contains(part) })
        }
    }

    @Test func newMarketsAreUnknownDuringTheMetadataLag() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"metadata_lag_ms":86400000}"#)
        let market = try #require(
            exchange.json("/control/markets").array?.first { $0["slug"]!.string!.contains("updown") })
        let id = market["condition_id"]!.string!
        #expect(try exchange.json("/gamma/markets?condition_ids=\(id)").array?.isEmpty == true)
    }

    @Test func booksAndReceipts() throws {
        let market = try #require(exchange.json("/control/markets").array?.first { $0["live"]?.bool == true })
        let asset = market["assets"]!.array![0].string!
        #expect(try exchange.json("/clob/book?token_id=\(asset)")["asset_id"]?.string == asset)
        #expect(try exchange.get("/clob/book?token_id=1").status == 404)
        #expect(
            try JSON(exchange.post("/clob/books", #"[{"token_id":"\#(asset)"},{"token_id":"1"}]"#).body)
                .array?.count == 1)

        let row = try exchange.trade(
            #"{"asset":"\#(asset)","side":"BUY","price":"0.25","size":"400","makers":true}"#)[0]
        let call =
            #"{"jsonrpc":"2.0","id":7,"method":"eth_getTransactionReceipt","params":["\#(row["transactionHash"]!.string!)"]}"#
        var logs: [JSON] = []
        #expect(
            try eventually {
                logs = try JSON(exchange.post("/polygon", call).body)["result"]?["logs"]?.array ?? []
                return !logs.isEmpty
            })
        // The taker's own order comes last: 100 dollars given, 400 shares got.
        let taken = try #require(
            logs.last { $0["topics"]!.array![0].string!.hasPrefix("0xd543adfd") })
        let words = Array(taken["data"]!.string!.dropFirst(2))
        let word = { (number: Int) in
            Int(String(words[number * 64..<number * 64 + 64].drop { $0 == "0" }), radix: 16) ?? 0
        }
        #expect(words.count == 7 * 64 && word(0) == 0 && word(2) == 100_000_000 && word(3) == 400_000_000)
        #expect(remainder(of: words[64..<128], radix: 16) == remainder(of: asset, radix: 10))
        #expect(taken["topics"]!.array![2].string!.hasSuffix(row["proxyWallet"]!.string!.dropFirst(2)))
    }
}

/// Returns the remainder of a division by a prime. The dividend is too long for any integer type.
private func remainder(of digits: some Sequence<Swift.Character>, radix: Int) -> Int {
    digits.reduce(0) { ($0 * radix + $1.hexDigitValue!) % 1_000_003 }
}
