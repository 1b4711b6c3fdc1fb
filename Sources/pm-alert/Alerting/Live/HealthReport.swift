import PMJSON
import PMPipe
import PMRecord

/// How the pipeline is, by what its stages say of themselves.
struct HealthReport {
    struct Stage {
        let name: String
        let status: JSON
        let linesIn: Int
        let linesOut: Int
        let lastInputAge: Duration?
        let lag: Duration?
        let state: State
    }

    enum State: String {
        case ok
        /// It has ended, and so has all before it: the input is at its end.
        case ended
        /// Its status file is old: it hangs, or the machine sleeps.
        case stale
        /// It died, or left while those before it still worked, or never began.
        case gone
    }

    private(set) var stages: [Stage] = []
    private let now: Timestamp
    private let uptime: Duration
    private(set) var gapsOpen: Int
    /// From hearing a trade to showing it, by quantile.
    let delays: [(name: String, delay: Duration)]
    private var lastHeard: Timestamp?

    /// A status file is replaced every second; one so old is not replaced any more.
    private static let oldest = Duration.seconds(10)
    /// Being connected is not receiving: the feeds bring several trades a second.
    private static let longestSilence = Duration.seconds(60)

    init(
        at now: Timestamp, uptime: Duration, gapsOpen: Int, delays: [(name: String, delay: Duration)] = []
    ) {
        self.now = now
        self.uptime = uptime
        self.gapsOpen = gapsOpen
        self.delays = delays
    }

    /// Takes in what one stage says of itself; the head comes first.
    mutating func add(_ status: JSON, at now: Timestamp, isAlive: (Int) -> Bool, _ marks: inout MarkHistory) {
        let lastInput = status["last_input_at"]?.string.flatMap { Timestamp($0) }
        let mark = status["last_mark"]?.integer
        if stages.isEmpty {
            lastHeard = lastInput
            if let mark { marks.headReached(mark, at: now) }
            gapsOpen = status["gaps_open"]?.integer ?? gapsOpen
        }
        stages.append(
            Stage(
                name: status["stage"]?.string.map { plain($0, atMost: 24) } ?? "unknown", status: status,
                linesIn: status["lines_in"]?.integer ?? 0, linesOut: status["lines_out"]?.integer ?? 0,
                lastInputAge: lastInput.map { $0.duration(to: now) },
                lag: mark.map { marks.lag(at: $0, now) },
                state: state(of: status, at: now, isAlive: isAlive)))
    }

    private func state(of status: JSON, at now: Timestamp, isAlive: (Int) -> Bool) -> State {
        if status["ended_at"] != nil {
            return stages.allSatisfy { $0.state == .ended } ? .ended : .gone
        }
        if let pid = status["pid"]?.integer, !isAlive(pid) { return .gone }
        if let age = status.writtenAt?.duration(to: now), age > Self.oldest { return .stale }
        return .ok
    }

    /// Takes in that a stage has no status file, though it should.
    mutating func addMissing(_ stage: StageName) {
        stages.append(
            Stage(
                name: stage.rawValue, status: .object([]), linesIn: 0, linesOut: 0, lastInputAge: nil,
                lag: nil,
                state: .gone))
    }

    /// Stands in for status files where there are none.
    mutating func addOwn(linesIn: Int, lastHeard: Timestamp?, viewers: Int) {
        self.lastHeard = lastHeard
        let status = JSON.object([
            ("viewers", .number(String(viewers))), ("lines_in", .number(String(linesIn))),
        ])
        stages.append(
            Stage(
                name: StageName.alert.rawValue, status: status, linesIn: linesIn, linesOut: 0,
                lastInputAge: lastHeard.map { $0.duration(to: now) }, lag: nil, state: .ok))
    }

    /// Since the feed was last heard; `nil` when it never was.
    var silence: Duration? { lastHeard.map { $0.duration(to: now) } }

    private var status: String {
        if stages.contains(where: { [.gone, .stale].contains($0.state) }) { return "down" }
        // Nothing more is to be heard where there is nothing more to read.
        if stages.first?.state == .ended { return "ended" }
        if (silence ?? uptime) > Self.longestSilence { return "down" }
        return gapsOpen > 0 ? "degraded" : "ok"
    }

    var isServing: Bool { status != "down" }

    var json: String {
        var writer = JSONWriter()
        write(into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// As the page is told.
    var message: [UInt8] {
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "health")
            message.key("health")
            write(into: &message)
        }
        return writer.bytes
    }

    private func write(into writer: inout JSONWriter) {
        writer.object { health in
            health.member("status", status)
            health.member("uptime_s", uptime.components.seconds)
            health.key("stages")
            health.array { list in
                for stage in stages {
                    list.object { entry in
                        entry.member("stage", stage.name)
                        entry.member("lines_in", stage.linesIn)
                        entry.member("lines_out", stage.linesOut)
                        entry.member("last_input_age_s", raw: stage.lastInputAge.map { seconds($0).utf8 })
                        entry.member("lag_s", raw: stage.lag.map { seconds($0).utf8 })
                        entry.member("state", stage.state.rawValue)
                    }
                }
            }
            health.key("feed")
            health.object { feed in
                feed.member("heard_s_ago", raw: silence.map { seconds($0).utf8 })
                guard let median = delays.first, let worst = delays.last else { return }
                feed.member("shown_after_s", raw: seconds(median.delay).utf8)
                feed.member("shown_after_s_p99", raw: seconds(worst.delay).utf8)
            }
            health.member("gaps_open", gapsOpen)
        }
    }
}

extension JSON {
    /// When a status file was written.
    var writtenAt: Timestamp? {
        self["written_at"]?.string.flatMap { Timestamp($0) }
    }
}

/// Seconds as a JSON number, to the millisecond.
func seconds(_ duration: Duration) -> String {
    Decimal(micros: Int128(max(0, duration.inMilliseconds)) * 1000).description
}
