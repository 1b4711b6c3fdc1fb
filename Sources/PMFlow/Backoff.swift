/// The waits between attempts: exponential, with full jitter, which spreads clients that failed together.
///
///     wait = random(0 ... min(longest, shortest × 2ⁿ))
///
/// Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
package struct Backoff<Randomness: RandomNumberGenerator> {
    package let shortest: Duration
    package let longest: Duration
    /// Attempts that have failed in a row.
    package private(set) var failures = 0
    /// The longest that the last wait could have been.
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

    /// How long to wait after one more failure.
    package mutating func next() -> Duration {
        ceiling = failures == 0 ? shortest : min(longest, ceiling * 2)
        failures += 1
        return ceiling * Double.random(in: 0...1, using: &randomness)
    }

    /// Call after a success that lasted, so that the next failure starts small again.
    package mutating func reset() {
        failures = 0
    }
}

extension Backoff: Sendable where Randomness: Sendable {}
