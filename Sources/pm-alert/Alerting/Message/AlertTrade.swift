import PMJSON
import PMRecord

/// The parts of a trade's record that rules and messages use.
///
/// Every text is one line of bounded length, without characters that could mislead a reader. All texts come from
/// strangers: market titles, outcomes and wallet names.
package struct AlertTrade: Sendable {
    /// The record's bytes.
    let line: [UInt8]
    let id: String
    let seq: UInt64?
    let time: Timestamp?
    let receivedAt: Timestamp?
    /// True if the trade is from a recording, and so of an earlier day.
    let isReplayed: Bool
    /// `nil` when no pm-enrich is in the pipeline.
    let enrichment: EnrichmentState?

    let side: Side?
    /// `nil` when unknown.
    let role: Role?
    /// `nil` for a market of the Conditional Token Framework.
    let marketType: MarketType?
    let outcome: String
    let price: Decimal?
    let size: Decimal?
    let value: Decimal?
    let tier: String?
    let tags: [String]

    let transaction: String?
    let condition: String?
    let asset: String?
    let title: String
    let slug: String?
    let eventSlug: String?
    /// The market's topics, by the exchange's names.
    let topics: [String]

    package let wallet: String?
    package let walletName: String?
    let label: String?
    let profit: Double?
    /// True if ``profit`` counts the latest positions only, because the wallet has too many.
    let isProfitPartial: Bool
    let winRate: Double?
    let levels: Int?
    let slippagePercent: Double?
    let tookWholeSide: Bool
    let signals: AlertSignals

    /// - Returns: `nil` unless the record is a trade with an id.
    package init?(_ record: Record) {
        guard record.kind == .trade, let id = record.text(Key.id), !id.isEmpty else { return nil }
        let profile = record.json(Key.profile)
        let market = record.json(Key.market)
        let impact = record.json(Key.impact)
        line = record.bytes
        self.id = plain(id, atMost: 64)
        receivedAt = record.time(Key.receivedAt)
        isReplayed = record.text(Key.via) == Via.replay.rawValue
        seq = record.unsigned(Key.seq)
        time = record.time(Key.time)
        enrichment = record.enrichment
        side = record.text(Key.side).flatMap(Side.init)
        role = record.text(Key.role).flatMap(Role.init)
        marketType = record.text(Key.marketType).flatMap(MarketType.init)
        outcome = plain(record.text(Key.outcome) ?? "", atMost: 80)
        price = record.decimal(Key.price)
        size = record.decimal(Key.size)
        value = record.value
        tier = record.text(Key.tier).map { plain($0, atMost: 40) }
        tags = (record.json(Key.tags)?.array ?? []).prefix(20).compactMap {
            $0.string.map { plain($0, atMost: 40) }
        }
        transaction = record.text(Key.transactionHash).map { $0.lowercased() }
        condition = record.text(Key.conditionID).map { $0.lowercased() }
        asset = record.text(Key.assetID)
        title = plain(
            record.text(Key.title) ?? market?[Key.question]?.nonEmptyString ?? "", atMost: 200)
        slug = record.text(Key.slug) ?? market?[Key.slug]?.nonEmptyString
        eventSlug = record.text(Key.eventSlug) ?? market?[Key.eventSlug]?.nonEmptyString
        topics = (market?[Key.tags]?.array ?? []).prefix(20).compactMap {
            $0.string.map { plain($0, atMost: 40) }
        }
        wallet = record.text(Key.wallet).map { $0.lowercased() }
        walletName =
            [profile?[Key.name]?.string, record.text(Key.name), record.text(Key.pseudonym)]
            .compactMap { $0.map { plain($0, atMost: 60) } }
            .first { !$0.isEmpty && !$0.hasPrefix("0x") }
        label = profile?[Key.label]?.nonEmptyString.map { plain($0, atMost: 40) }
        profit = profile?[Key.totalProfit]?.double
        isProfitPartial = profile?[Key.truncated]?.bool ?? false
        winRate = profile?[Key.winRate]?.double
        levels = impact?[Key.levels]?.integer
        slippagePercent = impact?[Key.slippagePercent]?.double
        tookWholeSide = impact?[Key.swept]?.bool ?? false
        signals = AlertSignals(record.json(Key.signals))
    }

    /// True if the row is one of the maker rows of a match. A match has one row of its taker, and counts once
    /// with that.
    var isMaker: Bool { role == .maker }

    var isCombo: Bool { marketType == .combo }

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

extension JSON {
    fileprivate subscript(_ key: JSONKey) -> JSON? { self[key.name.description] }
}

extension AlertTrade {
    /// The address of the event's page; `nil` unless the slug consists of `a-z`, `0-9` and `-`.
    var eventLink: String? {
        guard let eventSlug, eventSlug.utf8.count <= 200, !eventSlug.isEmpty,
            eventSlug.utf8.allSatisfy({ isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        return "https://polymarket.com/event/\(eventSlug)"
    }

    var walletLink: String? {
        wallet.flatMap { isHex($0, digits: 40) ? "https://polymarket.com/profile/\($0)" : nil }
    }

    var transactionLink: String? {
        transaction.flatMap { isHex($0, digits: 64) ? "https://polygonscan.com/tx/\($0)" : nil }
    }
}

/// Returns the text as one line of at most `limit` characters, without characters that reorder, hide or break text.
///
/// Keeps at most four combining marks a character, and none at the beginning, where they would combine with the text
/// before.
func plain(_ text: String, atMost limit: Int) -> String {
    var line = String.UnicodeScalarView()
    var marks = 0
    for scalar in text.unicodeScalars.prefix(limit * 4) {
        marks = scalar.properties.isGraphemeExtend ? marks + 1 : 0
        guard marks == 0 || marks <= 4 && !line.isEmpty else { continue }
        line.append(scalar.isUnsafeToShow ? " " : scalar)
    }
    let joined = String(line).split(separator: " ").joined(separator: " ")
    return joined.count > limit ? joined.prefix(limit - 1) + "…" : joined
}

private func isHex(_ text: String, digits: Int) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == digits + 2 && text.hasPrefix("0x")
        && bytes.dropFirst(2).allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 }
}

private func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    48...57 ~= byte || 97...122 ~= byte
}
