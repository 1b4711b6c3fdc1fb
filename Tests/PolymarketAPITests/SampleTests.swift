import Foundation
import PMRecord
import PolymarketAPI
import TestSupport
import Testing

/// Real answers of version 1 and of Gamma. The expected numbers were read off the samples by hand, or summed
/// up in Python with its decimal numbers.
struct SampleTests {
    @Test(.needsSample("gamma_market.trimmed.jsonl")) func aMarket() throws {
        let market = try #require(try markets(in: rows("gamma_market.trimmed.jsonl")).first)
        #expect(market.question == "Will Norway win on 2026-09-24?")
        #expect(market.slug == "unl-nor-den-2026-09-24-nor")
        #expect(market.eventSlug == "unl-nor-den-2026-09-24")
        #expect(market.volume?.description == "1111647.718016")
        #expect(market.volume24h?.description == "991170.708629")
        #expect(market.prices.map { $0?.description } == ["0.575", "0.425"])
        #expect(market.tags == ["Sports", "Games", "Soccer"])
        #expect(market.isNegativeRisk && !market.isClosed && market.isActive == true)
        #expect(
            market.assets == [
                "23305969272951306317157739183583008201155714184462027894470739210983097393455",
                "104425493878736059469967522531475345635535129482242136756374819053652959839920",
            ])
    }

    @Test(.needsSample("gamma_market.jsonl")) func aMarketWithEveryMember() throws {
        let market = try #require(try markets(in: rows("gamma_market.jsonl")).first)
        #expect(market.outcomes == ["Up", "Down"])
        #expect(market.prices.map { $0?.description } == ["0.505", "0.495"])
        #expect(market.liquidity?.description == "20328.3747")
        #expect(market.version == nil && market.assets.count == 2)
        #expect(market.tags.isEmpty)
    }

    @Test(.needsSample("data_api.positions.jsonl")) func positions() throws {
        let page = try DataAPI.PositionsRead(.v1, of: "", .open).page(in: rows("data_api.positions.jsonl"))
        #expect(page.rows.map { $0.totalProfit?.description } == ["-1145352.9486", "-226519.48"])
        #expect(page.rows.map(\.status) == [.redeemable, .redeemable])
        #expect(page.rows.allSatisfy { $0.currentValue == .zero })
        #expect(page.rows[0].size?.description == "2251963.1237" && page.rows[0].eventID == "672628")
        #expect(page.drift.isEmpty)
    }

    @Test(.needsSample("data_api.closed_positions.jsonl")) func closedPositions() throws {
        let page = try DataAPI.PositionsRead(.v1, of: "", .closed).page(
            in: rows("data_api.closed_positions.jsonl"))
        #expect(page.rows.map { $0.totalProfit?.description } == ["583.1364", "1113.0366", "-276.1366"])
        #expect(page.rows[0].lastEventAt == Timestamp("2026-09-24T14:02:28Z"))
        #expect(page.drift.isEmpty)
    }

    @Test(.needsSample("data_api.trades.jsonl")) func trades() throws {
        let trades = try DataAPI.TradesRead(.v1, takerOnly: false).page(
            in: rows("data_api.trades.jsonl")
        ).rows
        #expect(trades.count == 5)
        #expect(trades[1].value == 19_200)  // 40,000 × 0.48
        #expect(trades[0].wallet == "0xac482f27ac3d1144ca4f778af405eb5cac5d2feb")
    }

    @Test(.needsSample("data_api.trades_mint_match.jsonl")) func aMintMatch() throws {
        let page = try DataAPI.TradesRead(.v1, takerOnly: false).page(
            in: rows("data_api.trades_mint_match.jsonl"))
        #expect(page.rows.map(\.value.description) == ["5877.24", "38201.5976", "13200", "26800"])
        #expect(page.rows[2].transactionHash == page.rows[3].transactionHash)
        #expect(page.rows.map(\.outcome)[2...] == ["Cincinnati Reds", "Atlanta Braves"])
        #expect(page.drift.isEmpty)
    }

    @Test(.needsSample("replay_data_api_trades.2000.jsonl")) func twoThousandTrades() throws {
        let page = try DataAPI.TradesRead(.v1, takerOnly: false).page(
            in: rows("replay_data_api_trades.2000.jsonl"))
        #expect(page.count == 2000 && page.unreadable == 0 && page.drift.isEmpty)
        #expect(page.rows.map(\.value).reduce(.zero, +).description == "2534329.339096")
        #expect(page.rows.map(\.value).max()?.description == "105115.37307")
        #expect(page.rows.count { $0.side == "BUY" } == 1910)
        #expect(Set(page.rows.map(\.conditionID)).count == 44)
    }

    @Test(.needsSample("data_api.activity_all.jsonl")) func activity() throws {
        func total(_ kind: DataAPI.ActivityRow.Kind) throws -> String {
            let page = try DataAPI.ActivityRead(.v1, of: "", kind).page(
                in: rows("data_api.activity_all.jsonl"))
            #expect(page.count == 50 && page.drift.isEmpty)
            return "\(page.rows.count): \(page.rows.compactMap(\.dollars).reduce(.zero, +))"
        }
        #expect(try total(.trade) == "42: 1338773.22989")
        #expect(try total(.redeem) == "2: 21176454.568808")
        #expect(try total(.reward) == "4: 3403.18049")
        #expect(try total(.makerRebate) == "1: 3597.7603")
        #expect(try total(.takerRebate) == "1: 114703.4301")
        #expect(try total(.deposit) == "0: 0")
    }

    @Test(.needsSample("data_api.leaderboard.jsonl")) func leaderboard() throws {
        let page = try DataAPI.LeaderboardRead(.v1, .all).page(in: rows("data_api.leaderboard.jsonl"))
        #expect(page.rows.map(\.rank) == Array(1...50) && page.drift.isEmpty)
        #expect(page.rows.compactMap(\.profit).reduce(.zero, +).description == "66485290.291258")
        #expect(page.rows[49].volumeDollars?.description == "2557709.923657")
    }
}

/// Gamma's markets in a list without its wrapper.
private func markets(in list: [UInt8]) throws -> [Gamma.Market] {
    try Gamma.MarketsRead(.all).page(in: bytes(#"{"markets":"#) + list + bytes("}")).rows
}

/// The sample's bytes.
func sample(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: try #require(SharedSamples.path(name)))))
}

/// The sample's rows as the list that the service answered with.
func rows(_ name: String) throws -> [UInt8] {
    bytes(list(try lines(name)))
}

func lines(_ name: String) throws -> [String] {
    String(decoding: try sample(name), as: UTF8.self).split(separator: "\n").map(String.init)
}
