import Enrichment
import Foundation
import PMJSON
import PMRecord
import PolymarketAPI
import TestSupport
import Testing

struct ProfileTests {
    static let asOf = Timestamp("2026-09-24T20:00:00Z")!

    /// Computed by hand from the samples' rows:
    ///
    ///     open positions      cashPnl          currentValue
    ///     England wins        −1,145,352.9486  0              lost and never redeemed: counts
    ///     Messi scores          −226,519.48    0              lost
    ///     closed positions    realizedPnl
    ///     Tohoku Rakuten             583.1364                 won
    ///     Hiroshima Carp           1,113.0366                 won
    ///     Yomiuri Giants            −276.1366                 lost
    ///     together            −1,370,452.3922                 2 of 5 won: too few for a rate; below −10,000: Degen
    ///
    ///     trades              shares × price = dollars
    ///     30,974.624038 × 0.968534758  = 30,000.00
    ///     40,000        × 0.48         = 19,200.00
    ///     30,000        × 0.6188732397 = 18,566.20
    ///     64,824.24     × 0.999        = 64,759.41576         the largest
    ///     25,445.29     × 0.6478247448 = 16,484.09            5 trades: LOW, and fresh
    ///
    /// No open position is worth more than 10,000, so the wallet is no whale.
    @Test(.needsSample("data_api.positions.jsonl")) func theSamplesGiveTheProfileComputedByHand() throws {
        var answers = WalletAnswers()
        answers.open = try DataAPI.positions(in: sample("data_api.positions.jsonl")).rows
        answers.closed = try DataAPI.closedPositions(in: sample("data_api.closed_positions.jsonl")).rows
            .map(\.realizedProfit)
        answers.trades = TradeSummary(try DataAPI.trades(in: sample("data_api.trades.jsonl")).rows)
        answers.account = WalletAnswers.Account.none
        let profile = WalletProfile(answers, asOf: Self.asOf)
        #expect(profile.totalProfit?.description == "-1370452.3922")
        #expect(profile.winRate == WinRate(winners: 2, positions: 5))
        #expect(profile.label == .degen)
        #expect(profile.activity == .low)
        #expect(profile.largestTrade?.description == "64759.41576")
        #expect(profile.portfolioValue == .zero && profile.isWhale == false)
        #expect(profile.isFresh(at: nil) == true)
    }

    @Test func unredeemedLosersCount() {
        let profile = Self.profile(open: (won: 0, lost: 10), closed: (won: 15, lost: 0))
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
        #expect(profile.isFresh(at: nil) == false)  // Unreadable trades count as trades.
    }

    @Test func everyMemberIsWritten() throws {
        let profile = Self.profile(open: (won: 5, lost: 0), closed: (won: 15, lost: 5), profitOfEach: 6000)
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
            open: (won: 0, lost: 0), closed: (won: 30, lost: 0), profitOfEach: 9000, isTruncated: true)
        let json = try JSON(profile.json)
        #expect(json["label"] == nil)  // Some of its positions are missing.
        #expect(json["truncated"]?.bool == true)
        #expect(json["win_rate"] == nil && json["win_rate_low"] == nil)
        #expect(json["winners"]?.integer == 30)
        #expect(profile.isSmartMoney == false)
    }

    @Test func anAccountIsFreshForAWeek() {
        let profile = Self.profile(open: (won: 0, lost: 0), closed: (won: 0, lost: 0), trades: 60)
        #expect(profile.isFresh(at: Timestamp("2026-09-26T23:59:59Z")) == true)
        #expect(profile.isFresh(at: Timestamp("2026-09-27T00:00:00Z")) == false)
    }

    @Test func aWalletWithoutAnAccountIsClassifiedByItsTrades() throws {
        let row = #"{"proxyWallet":"0x1","asset":"1","size":2,"price":0.5}"#
        var answers = WalletAnswers()
        answers.trades = TradeSummary(
            try DataAPI.trades(
                in: Array("[\(Array(repeating: row, count: 10).joined(separator: ","))]".utf8)
            ).rows)
        #expect(WalletProfile(answers, asOf: Self.asOf).isFresh(at: nil) == nil)
        answers.account = WalletAnswers.Account.none
        #expect(WalletProfile(answers, asOf: Self.asOf).isFresh(at: nil) == false)
    }

    /// Returns a profile in which each lost position loses as much as each won one gains.
    static func profile(
        open: (won: Int, lost: Int), closed: (won: Int, lost: Int), profitOfEach: Int = 1,
        isTruncated: Bool = false, trades: Int = 12
    ) -> WalletProfile {
        func list(_ counts: (won: Int, lost: Int), _ row: (Int, Int) -> String) -> [UInt8] {
            let profits =
                Array(repeating: profitOfEach, count: counts.won)
                + Array(repeating: -profitOfEach, count: counts.lost)
            return Array("[\(profits.enumerated().map { row($0, $1) }.joined(separator: ","))]".utf8)
        }
        var answers = WalletAnswers()
        answers.open = try! DataAPI.positions(
            in: list(open) { #"{"asset":"\#($0)","size":1,"currentValue":1,"cashPnl":\#($1)}"# }
        ).rows
        answers.closed = try! DataAPI.closedPositions(
            in: list(closed) { #"{"asset":"\#($0)","realizedPnl":\#($1),"timestamp":\#($0)}"# }
        ).rows.map(\.realizedProfit)
        answers.trades = TradeSummary(
            try! DataAPI.trades(
                in: list((trades, 0)) { _, _ in #"{"proxyWallet":"0x1","asset":"1","size":2,"price":0.5}"# }
            ).rows)
        answers.account = .known(
            try! Gamma.profile(in: Array(#"{"createdAt":"2026-09-20T00:00:00Z","name":"Ann"}"#.utf8)))
        answers.isTruncated = isTruncated
        return WalletProfile(answers, asOf: asOf)
    }
}

/// Returns a sample's rows as the JSON array that the service sent.
private func sample(_ name: String) throws -> [UInt8] {
    let text = try String(contentsOfFile: try #require(SharedSamples.path(name)), encoding: .utf8)
    return Array("[\(text.split(separator: "\n").joined(separator: ","))]".utf8)
}
