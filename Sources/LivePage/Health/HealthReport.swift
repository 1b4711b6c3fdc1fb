import PMJSON
import PMPipe
import PMRecord

/// The health of the pipeline, derived from the status files of its stages.
struct HealthReport {
    private(set) var stages: [StageHealth] = []
    private(set) var openGaps: Int
    /// From receiving a trade to publishing it: of the last 500 trades, and of all.
    let latencies: [DisplayLatency.Quantile]
    let delays: DelayHistogram
    /// The version of pm-alert.
    let version: String
    private let now: Timestamp
    let uptime: Duration
    private var lastHeard: Timestamp?

    /// Each stage replaces its status file every second. An older file than this one means that the stage hangs.
    private static let oldestStatus = Duration.seconds(10)
    /// A connected feed is not necessarily a receiving one: normally it brings several trades a second.
    private static let longestSilence = Duration.seconds(60)

    init(at now: Timestamp, uptime: Duration, figures: PagePublisher.Figures, version: String = "unknown") {
        self.now = now
        self.uptime = uptime
        openGaps = figures.openGaps
        latencies = figures.latencies
        delays = figures.delays
        self.version = version
    }

    /// Adds a stage by its status file. Stages are added from head to tail.
    mutating func add(_ stage: StageName, status: JSON, lags: inout LagTracker, isAlive: (Int) -> Bool) {
        let lastInput = status["last_input_at"]?.string.flatMap { Timestamp($0) }
        let mark = status["last_mark"]?.integer
        if stages.isEmpty {
            lastHeard = lastInput
            if let mark { lags.headReached(mark, at: now) }
            openGaps = status["gaps_open"]?.integer ?? openGaps
        }
        stages.append(
            StageHealth(
                name: stage, state: state(of: status, isAlive: isAlive), status: status,
                linesIn: status["lines_in"]?.integer ?? 0, linesOut: status["lines_out"]?.integer ?? 0,
                lastInputAge: lastInput.map { $0.duration(to: now) },
                lag: mark.map { lags.lag(at: $0, now) }))
    }

    private func state(of status: JSON, isAlive: (Int) -> Bool) -> StageHealth.State {
        if status["ended_at"] != nil {
            return stages.allSatisfy { $0.state == .ended } ? .ended : .gone
        }
        if let pid = status["pid"]?.integer, !isAlive(pid) { return .gone }
        if let age = status.writtenAt?.duration(to: now), age > Self.oldestStatus { return .stale }
        return .ok
    }

    /// Adds a stage that should have a status file and has none.
    mutating func addMissing(_ stage: StageName) {
        stages.append(StageHealth(name: stage, state: .gone, status: .object([])))
    }

    /// Adds pm-alert, with the publisher's figures, if no stage has a status file.
    mutating func addSelf(_ figures: PagePublisher.Figures) {
        lastHeard = figures.lastInputAt
        let status = JSON.object([
            ("viewers", .number(String(figures.viewers))), ("lines_in", .number(String(figures.linesIn))),
        ])
        stages.append(
            StageHealth(
                name: .alert, state: .ok, status: status, linesIn: figures.linesIn,
                lastInputAge: lastHeard.map { $0.duration(to: now) }))
    }

    /// The time since the feed's last message; `nil` before the first.
    var silence: Duration? { lastHeard.map { $0.duration(to: now) } }

    var status: HealthStatus {
        if stages.contains(where: { [.gone, .stale].contains($0.state) }) { return .down }
        // Silence is expected at the end of the input.
        if stages.first?.state == .ended { return .ended }
        if (silence ?? uptime) > Self.longestSilence { return .down }
        return openGaps > 0 ? .degraded : .ok
    }
}

/// The health of the pipeline in one word.
enum HealthStatus: String {
    case ok
    /// A gap is open.
    case degraded
    /// A stage is gone or stale, or the feed is silent.
    case down
    /// The input is at its end.
    case ended

    /// True if `GET /health` answers 200.
    var isServing: Bool { self != .down }
}

extension JSON {
    /// The time at which a status file was written.
    var writtenAt: Timestamp? {
        self["written_at"]?.string.flatMap { Timestamp($0) }
    }
}
