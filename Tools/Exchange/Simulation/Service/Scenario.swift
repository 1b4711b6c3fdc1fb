import PMJSON

/// What is to be played: the world, its pace and what goes wrong. Tools/Exchange/README.md describes the file.
package struct Scenario: Sendable {
    package var world = World.Options()
    /// Rows of the trades a second.
    package var rate = 50.0
    /// Rows after which no more come; without end if `nil`.
    package var trades: Int?
    /// The same in time, from the first trade.
    package var duration: Duration?
    /// Whether trades begin at once. The default is to wait for the first subscription.
    package var startsAtOnce = false
    package var isPaused = false
    /// Whether a wallet that nobody knows has the past of one that is known, always of the same.
    package var hasStrangers = false
    /// Between a row on RTDS and its appearance in the REST APIs.
    package var restLag = Duration.zero
    /// How long the metadata of a new market stay unknown.
    package var metadataLag = Duration.zero
    /// Without a ping for so long, a feed falls silent; never if zero.
    package var rtdsPatience = Duration.seconds(360)
    package var marketPatience = Duration.zero
    /// Other events of the market channel, for each trade.
    package var noise = 3
    /// What may wait for a client before it is closed with 1013.
    package var slowConsumer = 64 << 20
    package var caps = DataAPI.Caps()
    package var faults: [Fault] = []
    package var hooks: [(name: String, script: [HookStep])] = []

    package init() {}

    package init(_ json: JSON) throws(ScenarioError) {
        let reader = try MemberReader(
            json, of: "a scenario",
            known: [
                "seed", "rate", "trades", "duration_ms", "at_once", "paused", "markets", "closed_markets",
                "wallets",
                "crypto_window_ms", "settlement_ms", "rest_lag_ms", "metadata_lag_ms", "rtds_silent_after_ms",
                "market_silent_after_ms", "noise", "slow_consumer_bytes", "trades_limit", "trades_offset",
                "ghosts", "strangers", "faults", "hooks",
            ])
        world.seed = try reader.whole("seed").map { UInt64(truncatingIfNeeded: $0) } ?? world.seed
        world.markets = max(try reader.whole("markets") ?? world.markets, 8)
        world.closedMarkets = max(try reader.whole("closed_markets") ?? world.closedMarkets, 8)
        world.wallets = try reader.whole("wallets") ?? world.wallets
        world.cryptoWindow = try reader.period("crypto_window_ms") ?? world.cryptoWindow
        world.settlement = try reader.period("settlement_ms") ?? world.settlement
        trades = try reader.whole("trades")
        duration = try reader.period("duration_ms")
        startsAtOnce = json["at_once"]?.bool ?? false
        isPaused = json["paused"]?.bool ?? false
        hasStrangers = json["strangers"]?.bool ?? false
        rtdsPatience = try reader.period("rtds_silent_after_ms") ?? rtdsPatience
        marketPatience = try reader.period("market_silent_after_ms") ?? marketPatience
        noise = try reader.whole("noise") ?? noise
        slowConsumer = try reader.whole("slow_consumer_bytes") ?? slowConsumer
        caps.limit = try reader.whole("trades_limit") ?? caps.limit
        caps.offset = try reader.whole("trades_offset") ?? caps.offset
        world.ghosts = try reader.real("ghosts") ?? world.ghosts
        metadataLag = try reader.period("metadata_lag_ms") ?? metadataLag
        try adjust(rate: reader.real("rate"), restLag: reader.period("rest_lag_ms"))
        faults = try Self.faults(reader["faults"] ?? .array([]))
        if case .object(let members)? = reader["hooks"] {
            for member in members { hooks.append((member.key, try HookStep.script(member.value))) }
        }
    }

    /// Changes what may change while it plays.
    package mutating func adjust(rate: Double?, restLag: Duration?) throws(ScenarioError) {
        if let rate {
            guard rate >= 0, rate <= 1_000_000 else {
                throw ScenarioError("rate is from 0 to 1000000 a second")
            }
            self.rate = rate
        }
        self.restLag = restLag ?? self.restLag
    }

    /// Reads one fault, or an array of them.
    package static func faults(_ json: JSON) throws(ScenarioError) -> [Fault] {
        var faults: [Fault] = []
        for element in json.array ?? [json] { faults.append(try Fault(element)) }
        return faults
    }
}
