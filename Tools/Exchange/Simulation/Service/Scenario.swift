import PMJSON

/// A scenario: the world, its speed and its faults. Tools/Exchange/README.md describes the file.
package struct Scenario: Sendable {
    package var world = World.Options()
    package var feeds = FeedOptions()
    package var data = DataOptions()
    package var lags = DataLags()
    /// Rows of the trades a second.
    package var rate = 50.0
    /// The number of rows to make; unlimited if `nil`.
    package var trades: Int?
    /// The same as a time, from the first trade.
    package var duration: Duration?
    /// True if trades begin at once. The default is to wait for the first subscription.
    package var startsAtOnce = false
    package var isPaused = false
    /// True if an unknown wallet has the history of a known one, always of the same.
    package var hasStrangers = false
    /// True if version 2 of the Data API is behind a CDN.
    package var hasCDN = true
    /// The time for which the metadata of a new market stay unknown.
    package var metadataLag = Duration.zero
    /// Blocks that one `eth_getLogs` may span.
    package var logRange = 10_000
    package var faults: [Fault] = []
    package var hooks: [(name: String, script: [WebhookAnswer])] = []

    package init() {}

    package init(_ json: JSON) throws(ScenarioError) {
        let reader = try MemberReader(json, of: "a scenario", known: Self.members)
        if let name = reader.optionalText("preset") {
            guard name == "live" else { throw ScenarioError("no such preset: \(name)") }
            applyLivePreset()
        }
        try readWorld(reader)
        try readFeeds(reader)
        try readData(reader)
        trades = try reader.int("trades")
        duration = try reader.period("duration_ms")
        startsAtOnce = json["at_once"]?.bool ?? false
        isPaused = json["paused"]?.bool ?? false
        hasStrangers = json["strangers"]?.bool ?? false
        hasCDN = json["cdn"]?.bool ?? true
        metadataLag = try reader.period("metadata_lag_ms") ?? metadataLag
        logRange = try reader.int("log_range") ?? logRange
        try adjust(reader)
        if let name = reader.optionalText("quotas") {
            guard name == "published" else { throw ScenarioError("no such quotas: \(name)") }
            faults = PublishedQuotas.faults
        }
        faults += try Self.faults(reader["faults"] ?? .array([]))
        if case .object(let members)? = reader["hooks"] {
            for member in members { hooks.append((member.key, try WebhookAnswer.script(member.value))) }
        }
    }

    private static let members: Set<String> = [
        "preset", "seed", "rate", "trades", "duration_ms", "at_once", "paused", "markets", "closed_markets",
        "wallets", "crypto_window_ms", "settlement_ms", "block_ms", "combo_share", "v2_share",
        "unlisted_share", "condition_digits", "feed_condition_digits", "dust_floor", "rest_lag_ms",
        "user_lag_ms", "condition_lag_ms",
        "metadata_lag_ms", "rtds_silent_after_ms", "market_silent_after_ms", "rtds_ping_reply",
        "market_ping_reply", "rtds_close_on_malformed", "noise", "slow_consumer_bytes", "trades_limit",
        "trades_offset", "large_limit", "type_lists", "unknown_stats", "status_after_ms", "v1", "v2", "cdn",
        "log_range", "ghosts", "strangers", "quotas", "faults", "hooks",
    ]

    /// The measured times of the real services. Source: docs/POLYMARKET.md, "Feeds" and "Data API v2".
    private mutating func applyLivePreset() {
        world.settlement = .milliseconds(2_200)
        world.blockPeriod = .milliseconds(1_500)
        lags.user = .milliseconds(3_200)
        lags.condition = .seconds(6)...(.seconds(11))
        metadataLag = .seconds(60)
        faults = PublishedQuotas.faults
    }

    private mutating func readWorld(_ reader: MemberReader) throws(ScenarioError) {
        world.seed = try reader.int("seed").map { UInt64(truncatingIfNeeded: $0) } ?? world.seed
        world.markets = max(try reader.int("markets") ?? world.markets, 8)
        world.closedMarkets = max(try reader.int("closed_markets") ?? world.closedMarkets, 8)
        world.wallets = try reader.int("wallets") ?? world.wallets
        world.cryptoWindow = try reader.period("crypto_window_ms") ?? world.cryptoWindow
        world.settlement = try reader.period("settlement_ms") ?? world.settlement
        world.blockPeriod = try reader.period("block_ms") ?? world.blockPeriod
        world.comboShare = try reader.double("combo_share") ?? world.comboShare
        world.v2Share = try reader.double("v2_share") ?? world.v2Share
        world.unlistedShare = try reader.double("unlisted_share") ?? world.unlistedShare
        world.ghosts = try reader.double("ghosts") ?? world.ghosts
        world.conditionDigits = try reader.int("condition_digits") ?? world.conditionDigits
        world.feedConditionDigits = try reader.int("feed_condition_digits") ?? world.conditionDigits
        for digits in [world.conditionDigits, world.feedConditionDigits] where ![62, 64].contains(digits) {
            throw ScenarioError("condition_digits and feed_condition_digits are 62 or 64")
        }
    }

    private mutating func readFeeds(_ reader: MemberReader) throws(ScenarioError) {
        feeds.rtdsPatience = try reader.period("rtds_silent_after_ms") ?? feeds.rtdsPatience
        feeds.marketPatience = try reader.period("market_silent_after_ms") ?? feeds.marketPatience
        feeds.rtdsPingReply = try pingReply(reader, "rtds_ping_reply") ?? feeds.rtdsPingReply
        feeds.marketPingReply = try pingReply(reader, "market_ping_reply") ?? feeds.marketPingReply
        feeds.closesOnMalformed = reader["rtds_close_on_malformed"]?.bool ?? false
        feeds.noise = try reader.int("noise") ?? feeds.noise
        feeds.slowConsumer = try reader.int("slow_consumer_bytes") ?? feeds.slowConsumer
    }

    private func pingReply(
        _ reader: MemberReader, _ name: String
    ) throws(ScenarioError) -> FeedOptions.PingReply? {
        guard let text = reader.optionalText(name) else { return nil }
        guard let reply = FeedOptions.PingReply(rawValue: text) else {
            throw ScenarioError("\(name) is \"\", PONG or none")
        }
        return reply
    }

    private mutating func readData(_ reader: MemberReader) throws(ScenarioError) {
        data.tradesLimit = try reader.int("trades_limit") ?? data.tradesLimit
        data.tradesOffset = try reader.int("trades_offset") ?? data.tradesOffset
        data.statusAfter = try reader.period("status_after_ms") ?? data.statusAfter
        data.rejectsLargeLimits = try reader.choice("large_limit", ["clamp", "reject"]) == "reject"
        data.hasFixedDustFloor = try reader.choice("dust_floor", ["default", "fixed"]) == "fixed"
        data.ignoresTypeLists = try reader.choice("type_lists", ["honour", "ignore"]) == "ignore"
        if let name = try reader.choice("unknown_stats", ["null", "zeros", "mixed"]) {
            data.unknownStats = DataOptions.UnknownStats(rawValue: name)!
        }
        lags.user = try reader.period("user_lag_ms") ?? lags.user
        if let range = reader["condition_lag_ms"]?.array {
            guard range.count == 2, let least = range[0].double, let most = range[1].double, least <= most
            else { throw ScenarioError("condition_lag_ms is [least, most]") }
            lags.condition = .milliseconds(least)...(.milliseconds(most))
        }
    }

    /// Changes the settings that can change at run time: the rate, the lag, and which versions of the Data API answer.
    mutating func adjust(_ reader: MemberReader) throws(ScenarioError) {
        try adjust(rate: reader.double("rate"))
        lags.all = try reader.period("rest_lag_ms") ?? lags.all
        for (name, version) in [("v1", \DataOptions.v1), ("v2", \.v2)] {
            guard let text = try reader.choice(name, ["serve", "404", "410", "html"]) else { continue }
            data[keyPath: version] = DataOptions.Serving(rawValue: text)!
        }
    }

    package mutating func adjust(rate: Double?) throws(ScenarioError) {
        guard let rate else { return }
        guard rate >= 0, rate <= 1_000_000 else {
            throw ScenarioError("rate is from 0 to 1000000 a second")
        }
        self.rate = rate
    }

    /// Reads one fault, or an array of them.
    package static func faults(_ json: JSON) throws(ScenarioError) -> [Fault] {
        var faults: [Fault] = []
        for element in json.array ?? [json] { faults.append(try Fault(element)) }
        return faults
    }
}
