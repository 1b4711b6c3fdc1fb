import Glibc
import PMJSON
import PMPipe
import PMRecord

/// Reads the status files of all stages and reports the health of the pipeline. Used on the loop's thread.
final class HealthMonitor {
    private let publisher: PagePublisher
    private let directory: String?
    private let expected: [StageName]
    private let version: String
    private let startedAt = Timestamp.now()
    private let started = ContinuousClock.now
    private var lags = LagTracker()
    private var cached: (report: HealthReport, at: Timestamp)?

    /// A report serves all requests within this time.
    private static let freshness = Duration.milliseconds(500)
    /// The time that a pipeline has to start. After it, a stage without a status file is gone.
    private static let startTime = Duration.seconds(10)
    /// A stage that ended longer before our start than this belongs to an earlier run.
    private static let earlierRun = Duration.seconds(60)

    /// - Parameters:
    ///   - directory: Where the status files are; `nil` if there are none.
    ///   - expected: The stages that should have a status file.
    ///   - version: The version of pm-alert.
    init(publisher: PagePublisher, directory: String?, expected: [StageName], version: String) {
        self.version = version
        self.publisher = publisher
        self.directory = directory
        self.expected = expected
    }

    func report(at now: Timestamp) -> HealthReport {
        if let cached, cached.at.duration(to: now) < Self.freshness, cached.at <= now { return cached.report }
        let report = makeReport(at: now)
        cached = (report, now)
        return report
    }

    private func makeReport(at now: Timestamp) -> HealthReport {
        let figures = publisher.figures
        var report = HealthReport(
            at: now, uptime: startedAt.duration(to: now), figures: figures, version: version)
        let statuses = statuses()
        // A pm-alert that is alone in its directory is not part of a pipeline.
        let isPipeline = statuses.keys.contains { $0 != .alert }
        let hasStarted = started.duration(to: .now) > Self.startTime
        for stage in StageName.allCases {
            if let status = statuses[stage] {
                report.add(stage, status: status, lags: &lags, isAlive: isAlive)
            } else if isPipeline, hasStarted, expected.contains(stage) {
                report.addMissing(stage)
            }
        }
        if report.stages.isEmpty { report.addSelf(figures) }
        return report
    }

    /// Returns the status files of this run.
    private func statuses() -> [StageName: JSON] {
        guard let directory else { return [:] }
        var statuses: [StageName: JSON] = [:]
        for stage in StageName.allCases {
            guard let text = try? readSmallFile("\(directory)/\(stage.rawValue).json"),
                let status = try? JSON(text), !isOfEarlierRun(status)
            else { continue }
            statuses[stage] = status
        }
        return statuses
    }

    /// Returns true if a stage ended long before we started: the stages of one pipeline start together.
    private func isOfEarlierRun(_ status: JSON) -> Bool {
        guard let writtenAt = status.writtenAt, writtenAt.duration(to: startedAt) > Self.earlierRun else {
            return false
        }
        return status["ended_at"] != nil || !(status["pid"]?.integer.map(isAlive) ?? false)
    }

    private func isAlive(_ pid: Int) -> Bool {
        guard let pid = pid_t(exactly: pid), pid > 0 else { return false }
        return kill(pid, 0) == 0 || errno == EPERM
    }
}
