import PMJSON

/// A trade as pm-ingest emits it: the keys that this stage owns, absent where unknown.
package struct Trade: Sendable, Equatable {
    package var feed: Feed
    package var via: Via
    package var time: Timestamp
    package var receivedAt: Timestamp
    package var role: Role?
    /// Absent for a CTF market.
    package var marketType: MarketType?
    package var outcomeIndex: Int?
    package var text = TradeText()

    package init(feed: Feed, via: Via, time: Timestamp, receivedAt: Timestamp, price: String, size: String) {
        self.init(feed: feed, via: via, time: time, receivedAt: receivedAt)
        (self.price, self.size) = (price, size)
    }

    /// Creates a trade without price and size, for a decoder that sets them next.
    package init(feed: Feed, via: Via, time: Timestamp, receivedAt: Timestamp) {
        self.feed = feed
        self.via = via
        self.time = time
        self.receivedAt = receivedAt
    }

    /// price × size in dollars, rounded half-even to six places.
    package var value: Decimal? {
        guard let price = decimal(.price), let size = decimal(.size) else { return nil }
        return Decimal.productInMicros(price, size)
    }

    func decimal(_ member: TradeText.Member) -> Decimal? {
        text.with(member) { Decimal($0) } ?? nil
    }
}

// MARK: - Members as text

extension Trade {
    package var assetID: String? {
        get { text[text: .assetID] }
        set { text[text: .assetID] = newValue }
    }
    package var conditionID: String? {
        get { text[text: .conditionID] }
        set { text[text: .conditionID] = newValue }
    }
    package var transactionHash: String? {
        get { text[text: .transactionHash] }
        set { text[text: .transactionHash] = newValue }
    }
    package var wallet: String? {
        get { text[text: .wallet] }
        set { text[text: .wallet] = newValue }
    }
    package var side: String? {
        get { text[text: .side] }
        set { text[text: .side] = newValue }
    }
    package var outcome: String? {
        get { text[text: .outcome] }
        set { text[text: .outcome] = newValue }
    }
    package var title: String? {
        get { text[text: .title] }
        set { text[text: .title] = newValue }
    }
    package var slug: String? {
        get { text[text: .slug] }
        set { text[text: .slug] = newValue }
    }
    package var eventSlug: String? {
        get { text[text: .eventSlug] }
        set { text[text: .eventSlug] = newValue }
    }
    package var icon: String? {
        get { text[text: .icon] }
        set { text[text: .icon] = newValue }
    }
    package var name: String? {
        get { text[text: .name] }
        set { text[text: .name] = newValue }
    }
    package var pseudonym: String? {
        get { text[text: .pseudonym] }
        set { text[text: .pseudonym] = newValue }
    }
    /// The price in dollars per share, with exactly the digits that the feed sent.
    package var price: String {
        get { text[json: .price].map { String(decoding: $0, as: UTF8.self) } ?? "" }
        set { text[json: .price] = Array(newValue.utf8) }
    }
    /// The number of shares, with exactly the digits that the feed sent.
    package var size: String {
        get { text[json: .size].map { String(decoding: $0, as: UTF8.self) } ?? "" }
        set { text[json: .size] = Array(newValue.utf8) }
    }
    /// Other members of the feed's message, as a JSON object.
    package var extra: [UInt8]? {
        get { text[json: .extra] }
        set { text[json: .extra] = newValue }
    }
}
