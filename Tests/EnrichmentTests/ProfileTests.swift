import Enrichment
import PMJSON
import PMRecord
import PolymarketAPI
import Testing

struct ProfileTests {
    static let asOf = Timestamp("2026-09-24T20:00:00Z")!

    /// Winners are redeemed automatically. Losers stay among the positions held.
    @Test func unredeemedLosersCount() {
        let profile = Self.profile(resolved: (won: 0, lost: 10), closed: (won: 15, lost: 0))
        #expect(profile.winRate == WinRate(winners: 15, positions: 25))
        #expect(profile.isSmartMoney == false)  // 60 % is not above 60 %.
    }

    @Test func unknownFieldsAreOmitted() throws {
        var answers = WalletAnswers()
        answers.trades = TradeSummary([])
        let profile = WalletProfile(answers, asOf: Self.asOf)
        #expect(
            String(decoding: profile.json, as: UTF8.self)
                == #"{"trades":0,"activity":"LOW","source":"data-api","as_of":"2026-09-24T20:00:00.000Z"}"#)
        #expect(profile.isSmartMoney == nil && profile.isInsider == nil && profile.label == nil)
    }

    @Test func theAnsweringServicesAreNamed() throws {
        var answers = WalletAnswers()
        answers.account = .known(try Gamma.profile(in: Array(#"{"name":"Ann"}"#.utf8)))
        #expect(try JSON(WalletProfile(answers, asOf: Self.asOf).json)["source"]?.string == "gamma")
        answers.trades = TradeSummary([], unreadable: 12)
        let profile = WalletProfile(answers, asOf: Self.asOf)
        #expect(try JSON(profile.json)["source"]?.string == "data-api, gamma")
        #expect(try JSON(profile.json)["trades"]?.integer == 12)  // Unreadable trades count as trades.
    }

    @Test func everyMemberIsWritten() throws {
        let profile = Self.profile(
            resolved: (won: 5, lost: 0), closed: (won: 15, lost: 5), profitOfEach: 6000)
        let json = try JSON(profile.json)
        #expect(json["total_profit"]?.numberText == "90000")
        #expect(json["win_rate"]?.numberText == "0.8")
        #expect(json["win_rate_low"]?.numberText == "0.6087")
        #expect(json["win_rate_high"]?.numberText == "0.9114")
        #expect(json["positions"]?.integer == 25 && json["winners"]?.integer == 20)
        #expect(json["truncated"] == nil)
        #expect(json["label"]?.string == "Smart Whale")
        #expect(json["portfolio_value"]?.numberText == "5")
        #expect(json["whale"]?.bool == false)
        #expect(json["account_created_at"]?.string == "2026-09-20T00:00:00.000Z")
        #expect(json["name"]?.string == "Ann")
    }

    @Test func aTruncatedProfileHasNoWinRate() throws {
        let profile = Self.profile(
            resolved: (won: 0, lost: 0), closed: (won: 30, lost: 0), profitOfEach: 9000, isTruncated: true)
        let json = try JSON(profile.json)
        #expect(json["label"] == nil)  // Some of its positions are missing.
        #expect(json["truncated"]?.bool == true)
        #expect(json["win_rate"] == nil && json["win_rate_low"] == nil)
        #expect(json["winners"]?.integer == 30)
        #expect(profile.isSmartMoney == false)
    }

    @Test func anAccountIsFreshForAWeek() {
        let profile = Self.profile(resolved: (won: 0, lost: 0), closed: (won: 0, lost: 0), trades: 60)
        #expect(profile.isFresh(at: Timestamp("2026-09-26T23:59:59Z")) == true)
        #expect(profile.isFresh(at: Timestamp("2026-09-27T00:00:00Z")) == false)
    }

    @Test func aWalletWithoutAnAccountIsClassifiedByItsTrades() throws {
        var answers = WalletAnswers()
        answers.hasFewTrades = false
        #expect(WalletProfile(answers, asOf: Self.asOf).isFresh(at: nil) == nil)
        answers.account = WalletAnswers.Account.none
        #expect(WalletProfile(answers, asOf: Self.asOf).isFresh(at: nil) == false)
    }

    @Test func theDateOfJoiningIsTheAccountsAge() {
        var answers = WalletAnswers()
        answers.hasFewTrades = false
        answers.joinedAt = Timestamp("2026-09-23T00:00:00Z")
        #expect(WalletProfile(answers, asOf: Self.asOf).isFresh(at: nil) == true)
    }

    /// Both outcomes of one market: one wins and one loses.
    @Test func aHedgedPairIsOneWinAndOneLoss() {
        let profile = Self.profile(resolved: (won: 1, lost: 1), closed: (won: 0, lost: 0), profitOfEach: 3)
        #expect(profile.winRate == WinRate(winners: 1, positions: 2))
        #expect(profile.totalProfit == .zero)
    }

    @Test func aRunningPositionIsNotDecided() throws {
        var answers = WalletAnswers()
        answers.open = try Self.tally([Sample.position("1", total: 9000, value: 12_000)])
        answers.closed = try Self.tally([Sample.position("2", "CLOSED", realized: -10, total: 0)])
        let profile = WalletProfile(answers, asOf: Self.asOf)
        #expect(profile.winRate == WinRate(winners: 0, positions: 1))
        #expect(profile.totalProfit == 8990 && profile.isWhale == true)
    }

    @Test func anUnknownProfitIsNotZero() throws {
        var answers = WalletAnswers()
        answers.open = try Self.tally([#"{"token_id":"1","status":"OPEN","total_pnl":null}"#])
        answers.closed = PositionTally()
        #expect(WalletProfile(answers, asOf: Self.asOf).winRate?.isTruncated == true)
    }

    /// Returns a profile in which each lost position loses as much as each won one gains.
    static func profile(
        resolved: (won: Int, lost: Int), closed: (won: Int, lost: Int), profitOfEach: Int = 1,
        isTruncated: Bool = false, trades: Int = 12
    ) -> WalletProfile {
        func rows(_ counts: (won: Int, lost: Int), _ status: String) -> [String] {
            (0..<counts.won + counts.lost).map { index in
                let profit = index < counts.won ? profitOfEach : -profitOfEach
                return Sample.position("\(index)", status, realized: profit, total: profit)
            }
        }
        var answers = WalletAnswers()
        answers.open = try! tally(rows(resolved, "REDEEMABLE"))
        answers.closed = try! tally(rows(closed, "CLOSED"))
        answers.closed?.isTruncated = isTruncated
        answers.trades = TradeSummary([], unreadable: trades)
        answers.hasFewTrades = trades < 10
        answers.account = .known(
            try! Gamma.profile(in: Array(#"{"createdAt":"2026-09-20T00:00:00Z","name":"Ann"}"#.utf8)))
        return WalletProfile(answers, asOf: asOf)
    }

    private static func tally(_ rows: [String]) throws -> PositionTally {
        let body = #"{"data":[\#(rows.joined(separator: ","))],"pagination":{"has_more":false}}"#
        var tally = PositionTally()
        for row in try DataAPI.PositionsRead(of: "0x1", .open).page(in: Array(body.utf8)).rows {
            tally.add(row)
        }
        return tally
    }
}
