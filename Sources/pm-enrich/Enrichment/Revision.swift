import PMJSON
import PMRecord
import PolymarketAPI

/// One revision of a trade: its line with the results so far spliced in.
///
/// Keys without a result keep their values from an earlier revision.
package struct Revision {
    private let trade: TradeLine
    private var splice = Splice()

    init(_ trade: TradeLine) {
        self.trade = trade
    }

    /// Returns the revision without any results.
    package static func pending(_ trade: TradeLine) -> [UInt8] {
        var revision = Revision(trade)
        revision.state(.pending, number: trade.firstRevision, reason: nil)
        return revision.line
    }

    /// Returns the revision with all results.
    package static func final(
        _ trade: TradeLine, number: Int, _ state: EnrichmentState, reason: String?,
        results: EnrichmentResults, rank: [UInt8]? = nil, signals: [UInt8]? = nil
    ) -> [UInt8] {
        var revision = Revision(trade)
        revision.state(state, number: number, reason: reason)
        revision.add(results)
        if let rank { revision.splice.set(Key.rank, to: rank) }
        if let signals { revision.splice.set(Key.signals, to: signals) }
        return revision.line
    }

    private mutating func state(_ state: EnrichmentState, number: Int, reason: String?) {
        splice.set(Key.revision, to: Array(String(number).utf8))
        splice.set(Key.enrichment, to: state.rawValue)
        if let reason {
            splice.set(Key.enrichmentReason, to: reason)
        } else {
            splice.remove(Key.enrichmentReason)
        }
    }

    private mutating func add(_ results: EnrichmentResults) {
        var (profile, impact): (WalletProfile?, Impact?) = (nil, nil)
        for result in results.inOrder {
            switch result {
            case .market(let market): splice.set(Key.market, to: market.json)
            case .wallet(let wallet):
                profile = wallet.profile
                splice.set(Key.profile, to: wallet.json)
            case .book(let book, let asOf):
                guard let side = trade.side, let size = trade.size else { continue }
                let bookImpact = Impact(of: side, size: size, on: book)
                impact = bookImpact
                splice.set(Key.impact, to: bookImpact.json(asOf: asOf))
            case .owner(let owner):
                splice.set(Key.wallet, to: owner.wallet)
                if let role = owner.role, trade.record.text(Key.role) == nil {
                    splice.set(Key.role, to: role.rawValue)
                }
            case .leaderboard, .grading, .holdings, .matches, .notFound, .failed: break
            }
        }
        let earlier = trade.record.json(Key.tags)?.array?.compactMap(\.string) ?? []
        let tags = tags(
            tier: trade.tier, profile: profile, impact: impact, time: trade.time, earlier: earlier)
        var writer = JSONWriter()
        writer.array { list in
            for tag in tags { list.string(tag) }
        }
        splice.set(Key.tags, to: writer.bytes)
    }

    private var line: [UInt8] { trade.record.applying(splice) }
}
