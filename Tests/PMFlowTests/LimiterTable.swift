import Foundation
import Testing

/// Prints a comparison of limiters for `scripts/limiter-table.sh`.
struct LimiterTable {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["PM_LIMITER_TABLE"] != nil))
    func comparesLimiters() {
        print(
            "percent of the possible requests served / percent refused; bursts: p50/p95 wait in seconds / percent refused\n"
        )
        print(
            "scenario".padded(58)
                + ["sequential", "fixed delay", "AIMD", "CUBIC", "adaptive"].map { $0.padded(24) }.joined())
        for scenario in Scenario.all + Scenario.more {
            var row = "\(scenario.number). \(scenario.description)".padded(58)
            row += cell(scenario) { _ in SequentialDelay() }
            row += cell(scenario) { _ in FixedDelay() }
            row += cell(scenario) { _ in AIMD() }
            row += cell(scenario) { _ in Cubic() }
            row += cell(scenario) { LearningLimiter(seed: $0) }
            print(row)
        }
    }

    private func cell(_ scenario: Scenario, _ make: (UInt64) -> some Limiter) -> String {
        let results = (1...5 as ClosedRange<UInt64>).map { seed in
            var (limiter, simulation) = (make(seed), LimiterSimulation(seed: seed))
            return simulation.run(
                &limiter, scenario.service(), offered: scenario.offered, timeout: scenario.timeout)
        }
        func mean(_ figure: (LimiterResult) -> Double) -> Double {
            results.map(figure).reduce(0, +) / Double(results.count)
        }
        let refused = mean(\.refusedPercent)
        guard let possible = scenario.possible else {
            let (median, late) = (mean { $0.wait(percentile: 50) }, mean { $0.wait(percentile: 95) })
            return String(format: "%.1f/%.1f s / %.1f", median, late, refused).padded(24)
        }
        return String(format: "%.1f / %.1f", 100 * mean { Double($0.served) } / Double(possible), refused)
            .padded(24)
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
