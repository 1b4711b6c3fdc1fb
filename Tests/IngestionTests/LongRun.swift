import Foundation

/// The rounds of tests that take long: a sample, or the number in `PM_LONG_RUN`. `PM_SEED` is the seed of the first
/// round.
enum LongRun {
    private static let environment = ProcessInfo.processInfo.environment
    private static let requested = environment["PM_LONG_RUN"].flatMap { Int($0) }

    static let isOn = requested != nil
    static let seed = environment["PM_SEED"].flatMap { UInt64($0) } ?? 1

    static func rounds(sample: Int) -> Int { requested ?? sample }
}
