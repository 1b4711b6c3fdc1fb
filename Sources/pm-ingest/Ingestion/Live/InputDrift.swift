import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Counts what a feed and the Data API send beyond, or short of, their documented form, and logs each change once.
struct InputDrift {
    private static let rtds = "rtds"
    private static let market = "market channel"

    private var drift = SchemaDrift()
    private let log: StageLog

    init(log: StageLog) {
        self.log = log
    }

    mutating func note(_ frame: ReceivedFrame) {
        for message in frame.messages {
            switch message {
            case .other(let type): note(type: type, frame)
            case .trade, .news: break
            case .record, .refused, .malformed: continue
            }
        }
        guard frame.messages.contains(where: \.isTrade), let tree = try? JSON(frame.bytes) else { return }
        var observation = DriftObservation()
        for object in tree.array ?? [tree] {
            switch frame.feed {
            case .activity:
                if let row = object["payload"] { observation.compare(row, with: Self.activityMembers) }
            case .market where object["event_type"]?.string == "last_trade_price":
                observation.compare(object, with: Self.tradeMembers)
            case .market: break
            }
        }
        guard !observation.isEmpty else { return }
        for announcement in drift.note(observation, from: Self.name(of: frame.feed)) {
            announce(announcement)
        }
    }

    /// Notes what the rows of a response showed.
    mutating func note(_ observation: DriftObservation, from route: Route) {
        guard !observation.isEmpty else { return }
        for announcement in drift.note(observation, from: route) { announce(announcement) }
    }

    private mutating func note(type: String, _ frame: ReceivedFrame) {
        guard type != FrameDecoder.unknown, frame.feed == .activity || !Self.eventTypes.contains(type) else {
            return
        }
        let sample = String(decoding: frame.bytes.prefix(200), as: UTF8.self)
        if let new = drift.note(type: type, sample: sample, from: Self.name(of: frame.feed)) { announce(new) }
    }

    private func announce(_ announcement: SchemaDrift.Announcement) {
        log.notice("\(announcement)")
    }

    func figures(into writer: inout JSONWriter) {
        writer.key("schema_drift")
        writer.object { sources in
            let all = Dictionary(grouping: drift.figures, by: \.source)
            for (source, figures) in all.sorted(by: { $0.key < $1.key }) {
                sources.key(source)
                sources.object { counts in
                    counts.member("unknown", Self.rows(figures, \.isUnknownMember))
                    counts.member("missing", Self.rows(figures, \.isMissingMember))
                    counts.member("types", Self.rows(figures, \.isUnknownType))
                }
            }
        }
    }

    private static func rows(
        _ figures: [(source: String, change: SchemaDrift.Change, rows: Int)],
        _ isCounted: (SchemaDrift.Change) -> Bool
    ) -> Int {
        figures.reduce(0) { $0 + (isCounted($1.change) ? $1.rows : 0) }
    }

    private static func name(of feed: Feed) -> String {
        switch feed {
        case .activity: rtds
        case .market: market
        }
    }

    /// Source of the lists: docs/POLYMARKET.md, "Feeds".
    private static let activityMembers = MemberList(
        always: [
            "proxyWallet", "asset", "conditionId", "side", "price", "size", "timestamp", "transactionHash",
            "outcome", "outcomeIndex", "title", "slug", "eventSlug", "icon", "name", "pseudonym", "bio",
            "profileImage",
        ], sometimes: ["fee"])

    private static let tradeMembers = MemberList(
        always: ["event_type", "asset_id", "market", "price", "size", "side", "timestamp", "fee_rate_bps"],
        sometimes: ["transaction_hash"])

    private static let eventTypes: Set<String> = [
        "book", "price_change", "tick_size_change", "best_bid_ask", "new_market", "market_resolved",
    ]
}

extension FeedMessage {
    fileprivate var isTrade: Bool {
        if case .trade = self { true } else { false }
    }
}

extension SchemaDrift.Change {
    fileprivate var isUnknownMember: Bool { if case .unknownMember = self { true } else { false } }
    fileprivate var isMissingMember: Bool { if case .missingMember = self { true } else { false } }
    fileprivate var isUnknownType: Bool { if case .unknownType = self { true } else { false } }
}
