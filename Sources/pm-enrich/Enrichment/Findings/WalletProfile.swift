import PMJSON
import PMRecord
import PolymarketAPI

/// What is known of a wallet, by the rules of POLYMARKET.md, part B; `nil` is what could not be found out.
///
/// Profit is what positions have gained: Σ cashPnl of the open ones and Σ realizedPnl of the closed ones. Nothing is
/// counted from the wallet's activity, so splitting, merging and redeeming are not mistaken for profit. A position
/// that has lost and was never redeemed is an open one of no value, and counts.
package struct WalletProfile: Sendable {
    package private(set) var name: String?
    package private(set) var pseudonym: String?
    package private(set) var totalProfit: Micros?
    package private(set) var winRate: WinRate?
    /// Of the last ``Activity/window``.
    package private(set) var trades: Int?
    package private(set) var largestTrade: Micros?
    package private(set) var accountCreatedAt: Timestamp?
    package private(set) var portfolioValue: Micros?
    package private(set) var openPositions: Int?
    package private(set) var isWhale: Bool?
    /// When the oldest of it was read.
    package private(set) var asOf: Timestamp
    /// Whether its account is known, or is known not to be.
    private var hasAccount: Bool
    /// Whether its account tells when it was made, or may do so when it is asked again.
    private var hasAge: Bool
    /// The services that answered.
    private var sources: [String]

    package init(_ parts: WalletParts, asOf: Timestamp) {
        self.asOf = asOf
        var account: Gamma.Profile?
        if case .known(let profile) = parts.account { account = profile }
        hasAccount = parts.account != nil
        hasAge = parts.account == nil || account?.createdAt != nil
        let hasData = parts.open != nil || parts.closed != nil || parts.trades != nil
        sources = (hasData ? ["data-api"] : []) + (parts.account == nil ? [] : ["gamma"])
        name = account?.name ?? parts.trades?.name
        pseudonym = account?.pseudonym ?? parts.trades?.pseudonym
        accountCreatedAt = account?.createdAt
        trades = parts.trades?.count
        largestTrade = parts.trades?.largest
        portfolioValue = parts.open?.reduce(.zero) { $0 + $1.currentValue }
        openPositions = parts.open?.count
        isWhale = (parts.open?.lazy.map(\.currentValue)).map(isWhaleHolder)
        if let open = parts.open, let closed = parts.closed {
            totalProfit =
                open.reduce(.zero) { $0 + $1.cashProfit } + closed.reduce(.zero, +)
            winRate = WinRate(
                winners: open.count { $0.cashProfit > 0 } + closed.count { $0 > 0 },
                positions: open.count + closed.count, isTruncated: parts.isTruncated)
        } else {
            (totalProfit, winRate) = (nil, nil)
        }
    }

    /// With what an earlier one has of which this one knows nothing.
    func completed(by earlier: WalletProfile) -> WalletProfile {
        var whole = self
        var isOlder = false
        if totalProfit == nil, earlier.totalProfit != nil {
            (whole.totalProfit, whole.winRate) = (earlier.totalProfit, earlier.winRate)
            isOlder = true
        }
        if trades == nil, earlier.trades != nil {
            (whole.trades, whole.largestTrade) = (earlier.trades, earlier.largestTrade)
            isOlder = true
        }
        if openPositions == nil, earlier.openPositions != nil {
            (whole.portfolioValue, whole.openPositions) = (earlier.portfolioValue, earlier.openPositions)
            whole.isWhale = earlier.isWhale
            isOlder = true
        }
        if !hasAccount, earlier.hasAccount {
            (whole.accountCreatedAt, whole.hasAge) = (earlier.accountCreatedAt, earlier.hasAge)
            whole.hasAccount = true
            isOlder = true
        }
        guard isOlder else { return self }
        (whole.name, whole.pseudonym) = (name ?? earlier.name, pseudonym ?? earlier.pseudonym)
        whole.sources = Set(sources + earlier.sources).sorted()
        whole.asOf = min(asOf, earlier.asOf)
        return whole
    }

    /// Whether its portfolio is followed: it is a whale's, or a smart one's.
    package var isWatched: Bool { isWhale == true || isSmartMoney == true }

    package var activity: Activity? { trades.map(Activity.init) }

    package var label: Label? {
        guard let totalProfit, let winRate, !winRate.isTruncated else { return nil }
        return Label(profit: totalProfit, winRate: winRate)
    }

    /// `nil` when it cannot be said; so with the next two.
    package var isSmartMoney: Bool? {
        guard let totalProfit, let winRate else { return nil }
        return Enrichment.isSmartMoney(profit: totalProfit, winRate: winRate)
    }

    package var isInsider: Bool? {
        guard let activity, let totalProfit, let winRate else { return nil }
        return Enrichment.isInsider(activity: activity, profit: totalProfit, winRate: winRate)
    }

    /// - Parameter time: That of the trade.
    package func isFresh(at time: Timestamp?) -> Bool? {
        isFreshWallet(
            trades: trades, accountAge: accountCreatedAt?.duration(to: time ?? asOf), hasAge: hasAge)
    }
}

extension WalletProfile {
    /// As it stands in a record.
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

    /// The portfolio as a record of its own; `nil` for one that is not followed.
    package func portfolio(of wallet: String) -> [UInt8]? {
        guard isWatched else { return nil }
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.portfolio.rawValue)
            record.member(Key.wallet, wallet)
            record.member(Key.asOf, asOf.description)
            record.member(Key.value, portfolioValue)
            // Of a part of the positions it would be no total.
            record.member(Key.profit, winRate?.isTruncated == true ? nil : totalProfit)
            record.member(Key.positions, openPositions)
        }
        return writer.bytes
    }
}
