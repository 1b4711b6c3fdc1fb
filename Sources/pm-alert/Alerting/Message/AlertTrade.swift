import PMJSON
import PMRecord

/// A trade as rules and messages see it.
///
/// Every text for a message is one line of bounded length, without characters that could mislead a reader. All texts
/// come from strangers: market titles, outcomes and wallet names.
///
/// Only what every decision needs is read at once. Most trades meet no rule, and to read all members of each would cost
/// 20 µs a trade instead of 2.
package struct AlertTrade: Sendable {
    private let record: Record
    let id: String
    /// `nil` when no pm-enrich is in the pipeline.
    let enrichment: EnrichmentState?
    let tier: String?

    /// - Returns: `nil` unless the record is a trade with an id.
    package init?(_ record: Record) {
        guard record.kind == .trade, let id = record.text(Key.id), !id.isEmpty else { return nil }
        self.record = record
        self.id = plain(id, atMost: 64)
        enrichment = record.enrichment
        tier = record.text(Key.tier).map { plain($0, atMost: 40) }
    }

    /// The record's bytes.
    var line: [UInt8] { record.bytes }

    /// True if no later revision is expected.
    var isFinal: Bool { enrichment?.isFinal ?? true }

    /// A measure of what is known of the wallet and the market, from 0 to 2. An increase is worth a follow-up.
    var knowledge: Int {
        switch enrichment {
        case .pending, .skipped, .failed: 0
        case .partial: 1
        case .enriched, nil: 2
        }
    }
}

// MARK: Members for rules

extension AlertTrade {
    var seq: UInt64? { record.unsigned(Key.seq) }
    var time: Timestamp? { record.time(Key.time) }
    var receivedAt: Timestamp? { record.time(Key.receivedAt) }
    /// True if the trade is from a recording, and so of an earlier day.
    var isReplayed: Bool { record.text(Key.via) == Via.replay.rawValue }

    var side: Side? { record.text(Key.side).flatMap(Side.init) }
    /// `nil` when unknown.
    var role: Role? { record.text(Key.role).flatMap(Role.init) }
    /// True if the row is one of the maker rows of a match. A match has one row of its taker, and counts once
    /// with that.
    var isMaker: Bool { role == .maker }
    /// `nil` for a market of the Conditional Token Framework.
    var marketType: MarketType? { record.text(Key.marketType).flatMap(MarketType.init) }
    var isCombo: Bool { marketType == .combo }

    var price: Decimal? { record.decimal(Key.price) }
    var size: Decimal? { record.decimal(Key.size) }
    var value: Decimal? { record.value }

    var transaction: String? { record.text(Key.transactionHash).map { $0.lowercased() } }
    var condition: String? { record.text(Key.conditionID).map { $0.lowercased() } }
    var asset: String? { record.text(Key.assetID) }
    var slug: String? { record.text(Key.slug) ?? market?.text(Key.slug)?.nonEmpty }
    var eventSlug: String? { record.text(Key.eventSlug) ?? market?.text(Key.eventSlug)?.nonEmpty }
    package var wallet: String? { record.text(Key.wallet).map { $0.lowercased() } }

    /// True if the wallet is tagged as smart money.
    var isSmartMoney: Bool {
        record.json(Key.tags)?.array?.contains { $0.string == "SMART_MONEY" } ?? false
    }
}

// MARK: Texts for messages

extension AlertTrade {
    var tags: [String] { texts(record.json(Key.tags)) }
    var outcome: String { plain(record.text(Key.outcome) ?? "", atMost: 80) }
    var title: String { plain(record.text(Key.title) ?? market?.text(Key.question) ?? "", atMost: 200) }
    /// The market's topics, by the exchange's names.
    var topics: [String] { texts(market?.json(Key.tags)) }

    package var walletName: String? {
        [profile?.text(Key.name), record.text(Key.name), record.text(Key.pseudonym)].lazy
            .compactMap { $0.map { plain($0, atMost: 60) } }
            .first { !$0.isEmpty && !$0.hasPrefix("0x") }
    }

    var label: String? { profile?.text(Key.label)?.nonEmpty.map { plain($0, atMost: 40) } }
    var profit: Double? { profile?.json(Key.totalProfit)?.double }
    /// True if ``profit`` counts the latest positions only, because the wallet has too many.
    var isProfitPartial: Bool { profile?.json(Key.truncated)?.bool ?? false }
    var winRate: Double? { profile?.json(Key.winRate)?.double }
    var levels: Int? { impact?.json(Key.levels)?.integer }
    var slippagePercent: Double? { impact?.json(Key.slippagePercent)?.double }
    var tookWholeSide: Bool { impact?.json(Key.swept)?.bool ?? false }

    /// The signals of pm-enrich about the trade.
    var signals: AlertSignals { AlertSignals(record.json(Key.signals)) }

    private var profile: Record? { nested(Key.profile) }
    private var market: Record? { nested(Key.market) }
    private var impact: Record? { nested(Key.impact) }

    private func nested(_ key: JSONKey) -> Record? {
        record.raw(key).flatMap { try? Record(Array($0)) }
    }

    private func texts(_ list: JSON?) -> [String] {
        (list?.array ?? []).prefix(20).compactMap { $0.string.map { plain($0, atMost: 40) } }
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
