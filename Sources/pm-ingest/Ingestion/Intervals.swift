/// The times that pm-ingest keeps; each is an option, so that nobody has to wait for the real ones in a test.
package struct Intervals: Sendable {
    /// Between two application PINGs. The default is 5 s, which RTDS asks for. Source: POLYMARKET.md, A.2.
    package var ping = Duration.seconds(5)
    /// The pause before a new attempt lies between nothing and this, doubled with each failure. The default is 0.5 s.
    package var shortestPause = Duration.milliseconds(500)
    /// The default is 30 s.
    package var longestPause = Duration.seconds(30)
    /// Data must have come for so long before failures are forgotten. The default is 60 s.
    package var proof = Duration.seconds(60)

    package init() {}
}
