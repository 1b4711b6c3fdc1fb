import PMJSON

/// A trade as pm-ingest emits it: the keys that this stage owns, absent where unknown.
package struct Trade: Sendable, Equatable {
    package var feed: Feed
    package var via: Via
    package var time: Timestamp
    package var receivedAt: Timestamp
    package var assetID: String?
    package var conditionID: String?
    package var transactionHash: String?
    package var wallet: String?
    package var side: String?
    package var role: Role?
    /// Absent for a CTF market.
    package var marketType: MarketType?
    package var outcome: String?
    package var outcomeIndex: Int?
    package var title: String?
    package var slug: String?
    package var eventSlug: String?
    package var icon: String?
    package var name: String?
    package var pseudonym: String?
    /// The price in dollars per share, with exactly the digits that the feed sent.
    package var price: String
    /// The number of shares, with exactly the digits that the feed sent.
    package var size: String
    /// Other members of the feed's message, as a JSON object.
    package var extra: [UInt8]?

    package init(feed: Feed, via: Via, time: Timestamp, receivedAt: Timestamp, price: String, size: String) {
        self.feed = feed
        self.via = via
        self.time = time
        self.receivedAt = receivedAt
        self.price = price
        self.size = size
    }

    /// The identity; `nil` when price or size is no number.
    package var identity: TradeIdentity? {
        guard let price = Decimal(price), let size = Decimal(size) else { return nil }
        return TradeIdentity(
            transactionHash: transactionHash, conditionID: conditionID, assetID: assetID, wallet: wallet,
            side: side,
            size: size, price: price, time: time)
    }

    /// The longest record in bytes; it leaves later stages room within 1 MiB.
    package static let longestLine = 768 << 10

    /// Returns the encoded record, without its newline.
    ///
    /// A record beyond ``longestLine`` loses members: `extra` first, then the texts.
    package func line(id: String, seq: UInt64) -> [UInt8] {
        let line = fullLine(id: id, seq: seq)
        guard line.count > Self.longestLine else { return line }
        var shorter = self
        if extra != nil {
            shorter.extra = nil
        } else {
            (shorter.title, shorter.slug, shorter.eventSlug, shorter.icon) = (nil, nil, nil, nil)
            (shorter.outcome, shorter.name, shorter.pseudonym) = (nil, nil, nil)
        }
        return shorter.line(id: id, seq: seq)
    }

    private func fullLine(id: String, seq: UInt64) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.trade.rawValue)
            record.member(Key.id, id)
            record.member(Key.seq, seq)
            record.member(Key.feed, feed.rawValue)
            record.member(Key.via, via.rawValue)
            record.member(Key.time, time.description)
            record.member(Key.receivedAt, receivedAt.description)
            record.member(Key.assetID, assetID)
            record.member(Key.conditionID, conditionID)
            record.member(Key.transactionHash, transactionHash)
            record.member(Key.wallet, wallet)
            record.member(Key.side, side)
            record.member(Key.role, role?.rawValue)
            record.member(Key.marketType, marketType?.rawValue)
            record.member(Key.outcome, outcome)
            record.member(Key.outcomeIndex, outcomeIndex)
            record.member(Key.title, title)
            record.member(Key.slug, slug)
            record.member(Key.eventSlug, eventSlug)
            record.member(Key.icon, icon)
            record.member(Key.name, name)
            record.member(Key.pseudonym, pseudonym)
            record.member(Key.price, raw: price.utf8)
            record.member(Key.size, raw: size.utf8)
            record.member(Key.value, raw: value?.description.utf8)
            record.member(Key.extra, raw: extra)
        }
        return writer.bytes
    }

    /// price × size in dollars, rounded half-even to six places.
    package var value: Decimal? {
        guard let price = Decimal(price), let size = Decimal(size) else { return nil }
        return Decimal.productInMicros(price, size)
    }
}
