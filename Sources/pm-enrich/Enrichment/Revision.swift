import PMJSON
import PMRecord
import PolymarketAPI

/// One telling of a trade: the line, with what is known by now spliced in.
///
/// What could not be found out anew stays as an earlier telling had it.
package struct Revision {
    private let trade: TradeLine
    private var splice = Splice()

    init(_ trade: TradeLine) {
        self.trade = trade
    }

    /// Before anything is known.
    package static func pending(_ trade: TradeLine) -> [UInt8] {
        var revision = Revision(trade)
        revision.state(.pending, number: trade.firstRevision, reason: nil)
        return revision.line
    }

    /// With everything that was found out.
    package static func final(
        _ trade: TradeLine, number: Int, _ state: EnrichmentState, reason: String?,
        findings: EnrichmentResults,
        rank: [UInt8]? = nil
    ) -> [UInt8] {
        var revision = Revision(trade)
        revision.state(state, number: number, reason: reason)
        revision.add(findings)
        if let rank { revision.splice.set(Key.rank, to: rank) }
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

    private mutating func add(_ findings: EnrichmentResults) {
        var (profile, impact): (WalletProfile?, Impact?) = (nil, nil)
        for finding in findings.inOrder {
            switch finding {
            case .market(let facts): splice.set(Key.market, to: facts.json)
            case .wallet(let wallet):
                profile = wallet.profile
                splice.set(Key.profile, to: wallet.json)
            case .book(let book, let asOf):
                guard let side = trade.side, let size = trade.size else { continue }
                let found = Impact(of: side, size: size, on: book)
                impact = found
                splice.set(Key.impact, to: found.json(asOf: asOf))
            case .owner(let wallet): splice.set(Key.wallet, to: wallet)
            case .leaderboard, .nothing, .failed: break
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
