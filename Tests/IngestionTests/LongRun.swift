import Foundation

/// How much is run of what takes long: a sample, or as many rounds as `PM_LONG_RUN` says. `PM_SEED` is the seed of the
/// first of them.
enum LongRun {
    private static let environment = ProcessInfo.processInfo.environment
    private static let asked = environment["PM_LONG_RUN"].flatMap { Int($0) }

    static let isOn = asked != nil
    static let seed = environment["PM_SEED"].flatMap { UInt64($0) } ?? 1

    static func rounds(sample: Int) -> Int { asked ?? sample }
}
