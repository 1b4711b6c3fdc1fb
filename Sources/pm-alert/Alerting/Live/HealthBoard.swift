import Glibc
import PMJSON
import PMPipe
import PMRecord

/// Reads the stages' status files, and what they say of the pipeline. Lives on the loop's thread.
final class HealthBoard {
    private let directory: String?
    private let stages: [StageName]
    private let startedAt = Timestamp.now()
    private let began = ContinuousClock.now
    private var marks = MarkHistory()
    private var cached: (report: HealthReport, at: Timestamp)?

    /// Reports are made anew at most once in that time, however many ask.
    private static let freshness = Duration.milliseconds(500)
    /// What a chain has to begin, before a stage without a status file is gone.
    private static let beginning = Duration.seconds(10)

    /// - Parameter stages: Those that are to have a status file there.
    init(directory: String?, stages: [StageName]) {
        self.directory = directory
        self.stages = stages
    }

    func report(_ feed: LiveFeed, at now: Timestamp) -> HealthReport {
        if let cached, cached.at.duration(to: now) < Self.freshness, cached.at <= now { return cached.report }
        let (gaps, lastHeard, linesIn, promptness) = feed.state.withLock {
            ($0.gaps.count, $0.lastHeard, $0.linesIn, $0.promptness)
        }
        var report = HealthReport(
            at: now, uptime: startedAt.duration(to: now), gapsOpen: gaps, delays: promptness.quantiles)
        let statuses = statuses().filter { !isOfAnotherRun($0.status) }
        // Alone in its folder, this stage is a chain of its own.
        let isChain = statuses.contains { $0.stage != .alert }
        let hasBegun = began.duration(to: .now) > Self.beginning
        for stage in StageName.allCases {
            if let status = statuses.first(where: { $0.stage == stage })?.status {
                report.add(status, at: now, isAlive: isAlive, &marks)
            } else if isChain, hasBegun, stages.contains(stage) {
                report.addMissing(stage)
            }
        }
        if report.stages.isEmpty {
            report.addOwn(linesIn: linesIn, lastHeard: lastHeard, viewers: feed.viewers)
        }
        cached = (report, now)
        return report
    }

    private func statuses() -> [(stage: StageName, status: JSON)] {
        guard let directory else { return [] }
        return StageName.allCases.compactMap { stage in
            guard let text = try? readSmallFile("\(directory)/\(stage.rawValue).json"),
                let status = try? JSON(text)
            else { return nil }
            return (stage, status)
        }
    }

    /// Whether a stage had left long before we began: a chain begins together.
    private func isOfAnotherRun(_ status: JSON) -> Bool {
        guard let writtenAt = status.writtenAt, writtenAt.duration(to: startedAt) > .seconds(60) else {
            return false
        }
        return status["ended_at"] != nil || !(status["pid"]?.integer.map(isAlive) ?? false)
    }

    private func isAlive(_ pid: Int) -> Bool {
        guard let pid = pid_t(exactly: pid), pid > 0 else { return false }
        return kill(pid, 0) == 0 || errno == EPERM
    }
}

/// The stages, from head to tail.
package enum StageName: String, CaseIterable, Sendable {
    case ingest = "pm-ingest"
    case filter = "pm-filter"
    case enrich = "pm-enrich"
    case store = "pm-store"
    case alert = "pm-alert"
}

/// When the head of the pipeline was first seen at which mark: how long ago a stage's own last mark was the head's.
struct MarkHistory {
    private var seen: [(mark: Int, at: Timestamp)] = []
    private static let capacity = 1000

    mutating func headReached(_ mark: Int, at now: Timestamp) {
        guard mark > seen.last?.mark ?? -1 else { return }
        seen.append((mark, now))
        if seen.count > 2 * Self.capacity { seen.removeFirst(Self.capacity) }
    }

    /// How far a stage that is at that mark is behind the head.
    func lag(at mark: Int, _ now: Timestamp) -> Duration {
        guard let passed = seen.first(where: { $0.mark > mark }) else { return .zero }
        return max(.zero, passed.at.duration(to: now))
    }
}
