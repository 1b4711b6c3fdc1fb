/// The intervals of a live run. Each is an option, so that no test has to wait for the real ones.
package struct Intervals: Sendable {
    /// The time between two PING frames. The default is 5 s, as RTDS asks (docs/POLYMARKET.md, "Feeds").
    package var ping = Duration.seconds(5)
    /// The longest pause before the first new attempt to connect; it doubles with each failure. The default is 0.5 s.
    package var shortestPause = Duration.milliseconds(500)
    /// The longest pause before any attempt to connect. The default is 30 s.
    package var longestPause = Duration.seconds(30)
    /// How long data must arrive before earlier failures are forgotten. The default is 60 s.
    package var proof = Duration.seconds(60)
    /// The bounds of the silence after which a connection is replaced.
    package var silence = Watchdog.Bounds()
    /// The age at which a connection is replaced, before it can freeze. The default is 10 minutes.
    package var rotation = Duration.seconds(600)
    /// How long a new connection has to prove that it receives what the old one does. The default is 30 s.
    package var handover = Duration.seconds(30)
    /// The longest time between two marks. The default is 1 s.
    package var mark = Duration.seconds(1)
    /// How long the API is given to catch up before it is read, and before it is read again. The default is 10 s.
    package var settling = Duration.seconds(10)
    /// How much is read before a gap and after it, since clocks differ and rows come late. The default is 120 s.
    package var margin = Duration.seconds(120)
    /// The pause before a gap that could not be closed is tried again. The default is 1 h.
    package var retry = Duration.seconds(3600)
    /// The pause before a journal that could not be written is tried again. The default is 5 s.
    package var journalRetry = Duration.seconds(5)
    /// The time between two audits, and the age at which trades are audited. The default is 5 minutes.
    package var audit = Duration.seconds(300)

    /// The time from the verdict that no feed is received to the first poll of the API; zero for never. The default is 5 s.
    package var silencePoll = Duration.seconds(5)

    package init() {}
}
