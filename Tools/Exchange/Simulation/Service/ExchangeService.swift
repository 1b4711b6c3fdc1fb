import PMJSON
import PMRecord
import WebSockets

/// The simulator's service: one event loop, one port, both feeds, the APIs, the webhook receivers and the controls.
///
/// Everything runs on the loop's thread; values decide what happens.
package final class ExchangeService {
    package let loop: EventLoop
    package private(set) var server: Server!

    private(set) var world: World
    private(set) var scenario: Scenario
    var statistics = Statistics()
    var schedule: TradeSchedule
    var plan: FaultPlan
    var receivers = WebhookReceivers()

    private let began = ContinuousClock.now
    private var feeds: FeedHub!
    private(set) var router: RequestRouter!
    let store = WalletStore()
    private var visibility: Visibility
    private var hasBegun = false

    package init(_ scenario: Scenario, port: Int = 0) throws {
        self.scenario = scenario
        world = World(scenario.world, start: .now())
        visibility = Visibility(seed: scenario.world.seed)
        schedule = TradeSchedule(rate: scenario.rate, rows: scenario.trades, duration: scenario.duration)
        plan = FaultPlan(seed: scenario.world.seed)
        plan.set(scenario.faults, keeping: false, at: .zero)
        for (name, script) in scenario.hooks { receivers.script(name, script) }
        var options = EventLoop.Options()
        options.maxSockets = 4_096
        loop = try EventLoop(options)
        server = try loop.listen(
            Self.options(port: port), onUpgrade: { [unowned self] in feeds.admit($0) },
            onRequest: { [unowned self] in router.serve($0, $1) })
        feeds = FeedHub(of: self)
        router = RequestRouter(of: self)
        if scenario.startsAtOnce { begin() }
        tick()
    }

    /// Serves until `isDone` holds; checked many times a second.
    package func run(until isDone: () -> Bool) throws { try loop.run(until: isDone) }

    private static func options(port: Int) -> Server.Options {
        var options = Server.Options()
        options.port = port
        options.maxConnections = 4_000
        options.longestMessage = 8 << 20
        options.longestBody = 8 << 20
        options.bound = SendQueueBound(frames: 4_000_000, bytes: 512 << 20)
        // Tests examine the client's timeouts, not the server's.
        options.heartbeat = Heartbeat(ping: .seconds(36_000), hangUp: .seconds(60_000))
        options.otherHeaders = [
            "webhook-id", "webhook-timestamp", "webhook-signature", "idempotency-key", "x-webhook-signature",
        ]
        return options
    }

    var now: Duration { began.duration(to: .now) }

    // MARK: The stream

    private func tick() {
        let now = self.now
        for event in world.advance(to: .now()) { feeds.publish(event) }
        while case let most = schedule.due(at: now), most > 0 { schedule.took(make(atMost: most)) }
        feeds.tick()
        // Twice as often as trades are due, within bounds.
        let pause = schedule.isRunning ? min(max(500 / max(schedule.rate, 1), 2), 10) : 10
        loop.after(.milliseconds(Int64(pause))) { [weak self] in self?.tick() }
    }

    /// Makes that many rows.
    func make(_ rows: Int) {
        var left = rows
        while left > 0 { left -= make(atMost: left) }
    }

    /// Makes one match and publishes it.
    ///
    /// - Returns: The number of its rows.
    private func make(atMost rows: Int) -> Int {
        let match = world.match(at: .now(), limit: min(rows, 40))
        feeds.publish(match)
        return match.fills.count
    }

    func make(_ order: Order) -> [Fill] {
        let match = world.match(order, at: .now())
        feeds.publish(match)
        return match.fills
    }

    /// The trades of the truth that the Data API shows.
    var visible: VisibleTrades { visibility.update(world.truth, at: .now(), scenario.lags) }

    /// The number of trades that are in a block.
    var settled: Int { visibility.settled(world.truth, at: .now()) }

    // MARK: Controls

    func setFaults(_ faults: [Fault], keeping: Bool) { plan.set(faults, keeping: keeping, at: now) }

    func adjust(_ settings: MemberReader) throws(ScenarioError) {
        try scenario.adjust(settings)
        schedule.rate = scenario.rate
    }

    /// Starts the stream with the first subscription, unless the scenario starts it otherwise.
    func begin() {
        guard !hasBegun, !scenario.isPaused else { return }
        resume()
    }

    func resume() {
        hasBegun = true
        schedule.resume(at: now)
    }

    func pause() {
        hasBegun = true
        schedule.pause()
    }

    /// True if the last trade was made and RTDS has sent it.
    var isFinished: Bool { schedule.isFinished && feeds.unsettledCount == 0 }

    /// Rows of the truth that RTDS has sent, or would have to a client.
    var sent: Int { world.truth.count - feeds.unsettledCount }
}
