import PMJSON
import PMRecord

/// A trade in the input of pm-alert.
package struct TradeLine: Sendable {
    package var id = "00000000000000000000000000000001"
    package var seq = 1
    /// The origin: a recording, so that its age does not matter.
    package var via = "replay"
    package var time = "2026-11-22T10:00:00.000Z"
    package var transaction = "0x94cfdfa3bd63a11cf2fd697932ee615b6bcfb36f7ee65da9762012e88b6c5bca"
    package var condition = "0xfa380ce2bb2b55282cef8a85595580425524eb25846a1d9feaaa338941997d1d"
    package var wallet: String? = "0xf5848342fc388908f2d25a9012cc18a0ad193979"
    package var side = "BUY"
    package var role: String?
    package var marketType: String?
    package var outcome = "Yes"
    package var title = "Will Malta win?"
    package var slug: String? = "unl-and-mal-2026-09-24-mal"
    package var eventSlug: String? = "unl-and-mal-2026-09-24"
    package var price = "0.63"
    package var size = "30000"
    package var value = "18900"
    package var tier: String? = "MEGA_WHALE"
    package var tags: [String]?
    package var revision: Int?
    package var enrichment: String?
    /// Further members as JSON.
    package var extra: [(JSONKey, String)] = []

    package init() {}

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { trade in
            trade.member(Key.kind, "trade")
            trade.member(Key.id, id)
            trade.member(Key.seq, seq)
            trade.member(Key.feed, "activity")
            trade.member(Key.via, via)
            trade.member(Key.time, time)
            trade.member(Key.receivedAt, time)
            trade.member(Key.assetID, "5034")
            trade.member(Key.conditionID, condition)
            trade.member(Key.transactionHash, transaction)
            trade.member(Key.wallet, wallet)
            trade.member(Key.side, side)
            trade.member(Key.role, role)
            trade.member(Key.marketType, marketType)
            trade.member(Key.outcome, outcome)
            trade.member(Key.outcomeIndex, 0)
            trade.member(Key.title, title)
            trade.member(Key.slug, slug)
            trade.member(Key.eventSlug, eventSlug)
            trade.member(Key.price, raw: price.utf8)
            trade.member(Key.size, raw: size.utf8)
            trade.member(Key.value, raw: value.utf8)
            trade.member(Key.tier, tier)
            trade.member(Key.revision, revision)
            trade.member(Key.enrichment, enrichment)
            if let tags {
                trade.key(Key.tags)
                trade.array { list in
                    for tag in tags { list.string(tag) }
                }
            }
            for (key, json) in extra { trade.member(key, raw: json.utf8) }
        }
        return writer.bytes
    }

    package var line: String { String(decoding: bytes, as: UTF8.self) + "\n" }

    package static func make(_ change: (inout TradeLine) -> Void = { _ in }) -> TradeLine {
        var line = TradeLine()
        change(&line)
        return line
    }

    /// The same trade after enrichment.
    package var enriched: TradeLine {
        var line = self
        line.revision = (revision ?? 0) + 1
        line.enrichment = "enriched"
        line.tags = (tier.map { Tier.tags(upTo: $0) } ?? []) + (tags ?? [])
        line.extra = [
            (
                Key.profile,
                #"{"name":"Theo","label":"Smart Whale","total_profit":81250.5,"win_rate":0.71,"win_rate_low":0.62,"win_rate_high":0.79,"trades":210,"positions":88,"portfolio_value":120000,"largest_trade":64000,"activity":"HIGH","as_of":"2026-11-22T10:00:02.000Z"}"#
            ),
            (
                Key.impact,
                #"{"levels":4,"slippage_percent":1.25,"swept":true,"best_price":0.62,"as_of":"2026-11-22T10:00:02.000Z"}"#
            ),
        ]
        return line
    }
}
