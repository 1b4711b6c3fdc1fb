import Foundation
import Testing

/// The parts of pm-ingest that decide, together, in virtual time, against an exchange whose feed and API fail.
///
/// `PM_LONG_RUN=1000000 swift test -c release --filter SimulationTests` runs as many seeds; `PM_SEED=N` begins with a seed,
/// such as one that failed. Not in the suite yet: with seed 15 two trades are missing, and it is not known whether the fault
/// is in the parts or in the model of the exchange (docs/TORTURE.md).
struct SimulationTests {
    @Test(.enabled(if: LongRun.isOn, "scripts/long-run.sh simulation runs it"))
    func nothingIsLostInventedOrRetractedUnderAnySeed() {
        let began = ContinuousClock.now
        let rounds = LongRun.rounds(sample: 100_000)
        var (closed, runs) = (0, 0)
        for seed in LongRun.seed..<LongRun.seed + UInt64(rounds) {
            var ingest = SimulatedIngest(VirtualExchange(seed: seed))
            ingest.run()
            ingest.judge()
            runs += 1
            closed += ingest.closed
            #expect(ingest.violations.isEmpty, "PM_SEED=\(seed) PM_LONG_RUN=1")
        }
        #expect(closed > runs / 4, "\(runs) runs had \(closed) gaps")
        print("\(runs) seeds from \(LongRun.seed), \(closed) gaps closed, in \(began.duration(to: .now))")
    }
}
