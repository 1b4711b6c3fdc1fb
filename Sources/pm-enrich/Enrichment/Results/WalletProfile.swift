import PMJSON
import PMRecord
import PolymarketAPI

/// A wallet's profile, by the rules of docs/POLYMARKET.md, "What the worker makes of a trade". Unknown fields are `nil`.
///
/// Profit is the total profit of the positions held plus the realized profit of those that were left. The win rate is
/// that of the decided positions: those that were left, and those whose market is resolved. Winners are redeemed
/// automatically and losers stay, so both lists are needed.
package struct WalletProfile: Sendable {
    package private(set) var name: String?
    package private(set) var pseudonym: String?
    package private(set) var totalProfit: Micros?
    package private(set) var winRate: WinRate?
    /// The number of trades, up to ``Activity/window``.
    package private(set) var trades: Int?
    /// The number of filled orders in the wallet's whole life.
    package private(set) var tradeCount: Int?
    /// The profit of trades as the service states it, to compare with ``totalProfit``.
    package private(set) var tradeProfit: Micros?
    /// The profit of resolved combos, which ``totalProfit`` does not contain.
    package private(set) var comboProfit: Micros?
    package private(set) var largestTrade: Micros?
    package private(set) var accountCreatedAt: Timestamp?
    package private(set) var portfolioValue: Micros?
    package private(set) var openPositions: Int?
    package private(set) var isWhale: Bool?
    /// The time at which its oldest part was read.
    package private(set) var asOf: Timestamp
    /// True if positions are missing that another reading may reach.
    private(set) var isInterrupted: Bool
    /// True if the wallet has fewer than ten trades; `nil` when unknown.
    private var hasFewTrades: Bool?
    /// True if the account was read, or is known not to exist.
    private var hasAccount: Bool
    /// True if the account's age is known, or may be known after a retry.
    private var hasAge: Bool
    /// The services that answered.
    private var sources: [String]

    package init(_ answers: WalletAnswers, asOf: Timestamp) {
        self.asOf = asOf
        var account: Gamma.Profile?
        if case .known(let profile) = answers.account { account = profile }
        hasAccount = answers.account != nil
        accountCreatedAt = answers.joinedAt ?? account?.createdAt
        hasAge = answers.account == nil || accountCreatedAt != nil
        sources = (answers.hasData ? ["data-api"] : []) + (answers.account == nil ? [] : ["gamma"])
        name = account?.name ?? answers.trades?.name
        pseudonym = account?.pseudonym ?? answers.trades?.pseudonym
        trades = answers.trades?.count
        tradeCount = answers.tradeCount
        tradeProfit = answers.tradeProfit
        comboProfit = answers.comboProfit
        hasFewTrades = answers.hasFewTrades ?? answers.tradeCount.map { $0 < fewTrades }
        largestTrade = answers.trades?.largest
        portfolioValue = answers.value ?? answers.open.flatMap { $0.isTruncated ? nil : $0.value }
        openPositions = answers.open.flatMap { $0.isTruncated ? nil : $0.count }
        isWhale = Self.isWhale(answers)
        isInterrupted = [answers.open, answers.closed].contains { $0?.isInterrupted == true }
        if let open = answers.open, let closed = answers.closed {
            totalProfit = open.profit + closed.profit
            winRate = WinRate(
                winners: open.winners + closed.winners, positions: open.decided + closed.decided,
                isTruncated: open.isTruncated || closed.isTruncated)
        } else {
            (totalProfit, winRate) = (nil, nil)
        }
    }

    /// Returns true if a position is worth more than 10,000 dollars; `nil` when the most valuable one is not known.
    private static func isWhale(_ answers: WalletAnswers) -> Bool? {
        guard let open = answers.open else { return nil }
        let largest = answers.largestPosition.map { max($0, open.largest) } ?? open.largest
        let isKnown = !open.isTruncated || answers.largestPosition != nil
        return isWhaleHolder(positionValues: [largest]) ? true : isKnown ? false : nil
    }

    /// Returns this profile with the missing fields filled from an earlier one.
    func completed(by earlier: WalletProfile) -> WalletProfile {
        var completed = self
        var isOlder = false
        if totalProfit == nil, earlier.totalProfit != nil {
            (completed.totalProfit, completed.winRate) = (earlier.totalProfit, earlier.winRate)
            completed.isInterrupted = earlier.isInterrupted
            isOlder = true
        }
        if trades == nil, earlier.trades != nil {
            (completed.trades, completed.largestTrade) = (earlier.trades, earlier.largestTrade)
            isOlder = true
        }
        if hasFewTrades == nil, earlier.hasFewTrades != nil {
            completed.hasFewTrades = earlier.hasFewTrades
            isOlder = true
        }
        if tradeCount == nil, earlier.tradeCount != nil {
            (completed.tradeCount, completed.tradeProfit) = (earlier.tradeCount, earlier.tradeProfit)
            completed.comboProfit = comboProfit ?? earlier.comboProfit
            isOlder = true
        }
        if isWhale == nil, earlier.isWhale != nil {
            completed.portfolioValue = portfolioValue ?? earlier.portfolioValue
            (completed.openPositions, completed.isWhale) = (earlier.openPositions, earlier.isWhale)
            isOlder = true
        }
        if !hasAccount, earlier.hasAccount {
            completed.accountCreatedAt = accountCreatedAt ?? earlier.accountCreatedAt
            completed.hasAge = earlier.hasAge
            completed.hasAccount = true
            isOlder = true
        }
        guard isOlder else { return self }
        (completed.name, completed.pseudonym) = (name ?? earlier.name, pseudonym ?? earlier.pseudonym)
        completed.sources = Set(sources + earlier.sources).sorted()
        completed.asOf = min(asOf, earlier.asOf)
        return completed
    }

    /// True if its portfolio is recorded: a whale's, or smart money's.
    package var isWatched: Bool { isWhale == true || isSmartMoney == true }

    package var activity: Activity? { trades.map(Activity.init) }

    package var label: WalletLabel? {
        guard let totalProfit, let winRate, !winRate.isTruncated else { return nil }
        return WalletLabel(profit: totalProfit, winRate: winRate)
    }

    /// `nil` when it is unknown, as for the next two.
    package var isSmartMoney: Bool? {
        guard let totalProfit, let winRate else { return nil }
        return Enrichment.isSmartMoney(profit: totalProfit, winRate: winRate)
    }

    package var isInsider: Bool? {
        guard let activity, let totalProfit, let winRate else { return nil }
        return Enrichment.isInsider(activity: activity, profit: totalProfit, winRate: winRate)
    }

    /// - Parameter time: The time of the trade.
    package func isFresh(at time: Timestamp?) -> Bool? {
        isFreshWallet(
            hasFewTrades: hasFewTrades, accountAge: accountCreatedAt?.duration(to: time ?? asOf),
            hasAge: hasAge)
    }
}

extension WalletProfile {
    /// The profile as JSON for records.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { profile in
            profile.member(Key.name, name)
            profile.member(Key.pseudonym, pseudonym)
            profile.member(Key.totalProfit, totalProfit)
            profile.member(Key.winRate, number: winRate?.rate, decimals: 4)
            profile.member(Key.winRateLow, number: winRate?.interval?.lowerBound, decimals: 4)
            profile.member(Key.winRateHigh, number: winRate?.interval?.upperBound, decimals: 4)
            profile.member(Key.positions, winRate?.positions)
            profile.member(Key.winners, winRate?.winners)
            if winRate?.isTruncated == true { profile.member(Key.truncated, true) }
            profile.member(Key.trades, trades)
            profile.member(Key.tradeCount, tradeCount)
            profile.member(Key.tradeProfit, tradeProfit)
            profile.member(Key.comboProfit, comboProfit)
            profile.member(Key.largestTrade, largestTrade)
            profile.member(Key.accountCreatedAt, accountCreatedAt?.description)
            profile.member(Key.activity, activity?.rawValue)
            profile.member(Key.label, label?.rawValue)
            profile.member(Key.portfolioValue, portfolioValue)
            profile.member(Key.whale, isWhale)
            profile.member(Key.source, sources.isEmpty ? nil : sources.joined(separator: ", "))
            profile.member(Key.asOf, asOf.description)
        }
        return writer.bytes
    }

    /// Returns the portfolio's record; `nil` for a wallet that is not watched.
    package func portfolio(of wallet: String) -> [UInt8]? {
        guard isWatched else { return nil }
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.portfolio.rawValue)
            record.member(Key.wallet, wallet)
            record.member(Key.asOf, asOf.description)
            record.member(Key.value, portfolioValue)
            // The profit of some of the positions is not the total.
            record.member(Key.profit, winRate?.isTruncated == true ? nil : totalProfit)
            record.member(Key.positions, openPositions)
        }
        return writer.bytes
    }
}
