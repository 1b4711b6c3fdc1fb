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
    package var silence = Watchdog.Bounds()
    /// A connection is replaced after so long, before it can freeze. The default is 10 minutes.
    package var rotation = Duration.seconds(600)
    /// A new connection must hear what the old one hears within so long. The default is 30 s.
    package var handover = Duration.seconds(30)
    /// Between two marks, at most. The default is 1 s.
    package var mark = Duration.seconds(1)
    /// The API is given so long to catch up before it is read, and before it is read again. The default is 10 s.
    package var settling = Duration.seconds(10)
    /// Around a gap this much more is read: clocks differ, and rows come late. The default is 120 s.
    package var margin = Duration.seconds(120)
    /// A gap that could not be closed is tried again after so long. The default is 1 h.
    package var retry = Duration.seconds(3600)
    /// A journal that could not be written is tried again after so long. The default is 5 s.
    package var journalRetry = Duration.seconds(5)
    /// Between two checks of a settled minute against the API. The default is 5 minutes.
    package var audit = Duration.seconds(300)

    package init() {}
}
