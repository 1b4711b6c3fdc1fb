import PMJSON
import PMRecord
import WebSockets

/// The exchange at work: one loop, one port, both feeds, the APIs, the receivers and the controls.
///
/// Everything happens on the loop's thread; what is to happen is decided by values.
package final class ExchangeService {
    package let loop: EventLoop
    package private(set) var server: Server!

    private(set) var world: World
    private(set) var scenario: Scenario
    var statistics = Statistics()
    var pace: Pace
    var plan: FaultPlan
    var hooks = HookBook()

    private let began = ContinuousClock.now
    private var feeds: FeedHub!
    private(set) var desk: RequestDesk!
    private var shown = 0
    private var hasBegun = false

    package init(_ scenario: Scenario, port: Int = 0) throws {
        self.scenario = scenario
        world = World(scenario.world, start: .now())
        pace = Pace(rate: scenario.rate, rows: scenario.trades, duration: scenario.duration)
        plan = FaultPlan(seed: scenario.world.seed)
        plan.set(scenario.faults, keeping: false, at: .zero)
        for (name, script) in scenario.hooks { hooks.script(name, script) }
        var options = EventLoop.Options()
        options.maxSockets = 4_096
        loop = try EventLoop(options)
        server = try loop.listen(
            Self.options(port: port), onUpgrade: { [unowned self] in feeds.admit($0) },
            onRequest: { [unowned self] in desk.serve($0, $1) })
        feeds = FeedHub(of: self)
        desk = RequestDesk(of: self)
        if scenario.startsAtOnce { begin() }
        tick()
    }

    /// Serves until `isDone` says so; asked many times a second.
    package func run(until isDone: () -> Bool) throws { try loop.run(until: isDone) }

    private static func options(port: Int) -> Server.Options {
        var options = Server.Options()
        options.port = port
        options.maxConnections = 4_000
        options.longestMessage = 8 << 20
        options.longestBody = 8 << 20
        options.bound = SendQueueBound(frames: 4_000_000, bytes: 512 << 20)
        // The peer's patience is what is tested, not ours.
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
        for event in world.advance(to: .now()) { feeds.announce(event) }
        while case let most = pace.due(at: now), most > 0 { pace.took(make(atMost: most)) }
        feeds.tick()
        // Twice as often as trades are due, within bounds.
        let pause = pace.isRunning ? min(max(500 / max(pace.rate, 1), 2), 10) : 10
        loop.after(.milliseconds(Int64(pause))) { [weak self] in self?.tick() }
    }

    /// Makes so many rows.
    func make(_ rows: Int) {
        var left = rows
        while left > 0 { left -= make(atMost: left) }
    }

    /// Lets one match happen, and tells of it at once.
    ///
    /// - Returns: How many rows it made.
    private func make(atMost rows: Int) -> Int {
        let match = world.match(at: .now(), limit: min(rows, 40))
        feeds.tell(match)
        return match.fills.count
    }

    func make(_ order: Order) -> [Fill] {
        let match = world.match(order, at: .now())
        feeds.tell(match)
        return match.fills
    }

    /// Rows of the truth that the REST APIs show: those settled, and the lag has passed.
    var visible: Int {
        let horizon = Timestamp.now().advanced(by: .zero - scenario.restLag)
        while shown < world.truth.count, world.truth[shown].settled <= horizon { shown += 1 }
        return shown
    }

    // MARK: Controls

    func setFaults(_ faults: [Fault], keeping: Bool) { plan.set(faults, keeping: keeping, at: now) }

    func adjust(rate: Double?, restLag: Duration?) throws(ScenarioError) {
        try scenario.adjust(rate: rate, restLag: restLag)
        pace.rate = scenario.rate
    }

    /// The first subscription starts the stream, unless somebody wants to start it himself.
    func begin() {
        guard !hasBegun, !scenario.isPaused else { return }
        resume()
    }

    func resume() {
        hasBegun = true
        pace.resume(at: now)
    }

    func pause() {
        hasBegun = true
        pace.pause()
    }

    /// Whether the last trade has come and RTDS has told of it.
    var isFinished: Bool { pace.isFinished && feeds.unsettledCount == 0 }

    /// Rows of the truth that RTDS has told of, or would have had anybody listened.
    var told: Int { world.truth.count - feeds.unsettledCount }
}
