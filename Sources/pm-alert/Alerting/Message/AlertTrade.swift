import PMJSON
import PMRecord

/// What alerts say of a trade, and the rules ask.
///
/// Read once from its record. Every text is one line, bounded, and free of what could mislead a reader.
package struct AlertTrade: Sendable {
    /// The record itself.
    package let line: [UInt8]
    package let id: String
    package let seq: UInt64?
    package let time: Timestamp?
    package let receivedAt: Timestamp?
    /// Whether it comes from a recording, whose trades are of another day by nature.
    package let isReplayed: Bool
    package let revision: Int
    /// `nil` when no enricher is in the chain.
    package let enrichment: EnrichmentState?

    package let side: Side?
    package let outcome: String
    package let price: Decimal?
    package let size: Decimal?
    package let value: Decimal?
    package let tier: String?
    package let tags: [String]

    package let transaction: String?
    package let condition: String?
    package let asset: String?
    package let title: String
    package let slug: String?
    package let eventSlug: String?
    /// The market's topics, as the exchange names them.
    package let topics: [String]

    package let wallet: String?
    package let walletName: String?
    package let label: String?
    package let profit: Double?
    /// Whether that is of the latest positions alone, there being too many.
    package let isProfitPartial: Bool
    package let winRate: Double?
    package let levels: Int?
    package let slippagePercent: Double?
    package let tookWholeSide: Bool

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
        revision = record.revision
        enrichment = record.enrichment
        side = record.text(Key.side).flatMap(Side.init)
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
            record.text(Key.title) ?? market?["question"]?.nonEmptyString ?? "", atMost: 200)
        slug = record.text(Key.slug) ?? market?["slug"]?.nonEmptyString
        eventSlug = record.text(Key.eventSlug) ?? market?["event_slug"]?.nonEmptyString
        topics = (market?["tags"]?.array ?? []).prefix(20).compactMap {
            $0.string.map { plain($0, atMost: 40) }
        }
        wallet = record.text(Key.wallet).map { $0.lowercased() }
        walletName =
            [profile?["name"]?.string, record.text(Key.name), record.text(Key.pseudonym)]
            .compactMap { $0.map { plain($0, atMost: 60) } }
            .first { !$0.isEmpty && !$0.hasPrefix("0x") }
        label = profile?["label"]?.nonEmptyString.map { plain($0, atMost: 40) }
        profit = profile?["total_profit"]?.double
        isProfitPartial = profile?["truncated"]?.bool ?? false
        winRate = profile?["win_rate"]?.double
        levels = impact?["levels"]?.integer
        slippagePercent = impact?["slippage_percent"]?.double
        tookWholeSide = impact?["swept"]?.bool ?? false
    }

    /// Whether no better revision is to be awaited.
    package var isFinal: Bool { enrichment?.isFinal ?? true }

    /// How much is known of the wallet and the market; a later revision that knows more is worth a follow-up.
    package var knowledge: Int {
        switch enrichment {
        case .pending, .skipped, .failed: 0
        case .partial: 1
        case .enriched, nil: 2
        }
    }
}

extension AlertTrade {
    /// The event's page, if its slug is one; an address is never made of anything else.
    package var eventLink: String? {
        guard let eventSlug, eventSlug.utf8.count <= 200, !eventSlug.isEmpty,
            eventSlug.utf8.allSatisfy({ isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        return "https://polymarket.com/event/\(eventSlug)"
    }

    package var walletLink: String? {
        wallet.flatMap { isHex($0, digits: 40) ? "https://polymarket.com/profile/\($0)" : nil }
    }

    package var transactionLink: String? {
        transaction.flatMap { isHex($0, digits: 64) ? "https://polygonscan.com/tx/\($0)" : nil }
    }
}

/// The text as one line without what reorders, hides or breaks it, at most so many characters long.
///
/// Of marks that are set upon a character it has a few at most, and none at its beginning, where they would be set
/// upon what is written before.
func plain(_ text: String, atMost limit: Int) -> String {
    var line = String.UnicodeScalarView()
    var marks = 0
    for scalar in text.unicodeScalars.prefix(limit * 4) {
        marks = scalar.properties.isGraphemeExtend ? marks + 1 : 0
        guard marks == 0 || marks <= 4 && !line.isEmpty else { continue }
        line.append(scalar.isUnsafeToShow ? " " : scalar)
    }
    let whole = String(line).split(separator: " ").joined(separator: " ")
    return whole.count > limit ? whole.prefix(limit - 1) + "…" : whole
}

private func isHex(_ text: String, digits: Int) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == digits + 2 && text.hasPrefix("0x")
        && bytes.dropFirst(2).allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 }
}

private func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    48...57 ~= byte || 97...122 ~= byte
}
