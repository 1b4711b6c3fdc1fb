import PMRecord

/// A combo that a wallet holds or held. Amounts are millionths of a dollar; sizes are millionths of a share.
package struct ComboHolding: Sendable {
    package enum Status: String, CaseIterable, Sendable {
        case open = "OPEN"
        /// Open, with a leg that is resolved.
        case partial = "PARTIAL"
        case won = "RESOLVED_WIN"
        case lost = "RESOLVED_LOSS"
    }

    package let market: Int
    package let status: Status
    package let size: Int
    package let entryCost: Int
    package let fees: Int
    /// What a redemption paid, gross; 0 before it and for losers.
    package let payout: Int
    package let firstEntry: Timestamp
    package let resolvedAt: Timestamp?
    package let transaction: String

    package var grossEntryCost: Int { entryCost + fees }
    package var isRedeemable: Bool { status == .won && payout == 0 }
    package var isResolved: Bool { status == .won || status == .lost }

    /// Profit or loss, fees included; 0 before the end.
    package var result: Int { isResolved && !isRedeemable ? payout - grossEntryCost : 0 }

    init(_ market: Int, of wallet: Wallet, in world: World, _ random: inout SeededRandom) {
        let combo = world.markets[market]
        let hasResolvedLeg = combo.legs.contains { world.markets[$0.market].isClosed }
        self.market = market
        status = combo.winner.map { $0 == 0 ? .won : .lost } ?? (hasResolvedLeg ? .partial : .open)
        size = random.int(in: 10...400) * 1_000_000 + random.int(in: 0...999_999)
        entryCost = size / 1_000 * combo.firstPrice
        fees = entryCost / 40
        payout = status == .won && random.chance(0.7) ? size : 0
        resolvedAt = combo.isClosed ? min(combo.end, world.start.advanced(by: .seconds(-600))) : nil
        let latest = resolvedAt ?? world.start.advanced(by: .seconds(-600))
        let age = max(Int(wallet.created.duration(to: latest).components.seconds), 1)
        firstEntry = latest.advanced(by: .seconds(-random.int(in: 0...min(age, 5 * 86_400))))
        transaction = "0x" + random.hex(64)
    }
}
