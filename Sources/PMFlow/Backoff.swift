/// The pauses between attempts: exponential with full jitter, which spreads out clients that failed together.
///
///     pause = random(0 ... min(longest, shortest × 2ⁿ))
///
/// Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
package struct Backoff<Randomness: RandomNumberGenerator> {
    private let shortest: Duration
    private let longest: Duration
    /// Failures in a row.
    package private(set) var failures = 0
    /// The upper bound of the last pause.
    private var ceiling: Duration
    private var randomness: Randomness

    /// - Precondition: `.zero < shortest` and `shortest <= longest`.
    package init(
        from shortest: Duration = .milliseconds(500), to longest: Duration = .seconds(30),
        using randomness: Randomness = SystemRandomNumberGenerator()
    ) {
        precondition(.zero < shortest && shortest <= longest)
        self.shortest = shortest
        self.longest = longest
        ceiling = shortest
        self.randomness = randomness
    }

    /// Returns the pause after one more failure.
    package mutating func next() -> Duration {
        ceiling = failures == 0 ? shortest : min(longest, ceiling * 2)
        failures += 1
        return ceiling * Double.random(in: 0...1, using: &randomness)
    }

    /// Starts again from the shortest pause. Call it after a success that lasted.
    package mutating func reset() {
        failures = 0
    }
}

extension Backoff: Sendable where Randomness: Sendable {}
