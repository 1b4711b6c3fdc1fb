import PMFlow
import PolymarketAPI

extension Enricher {
    package struct Settings: Sendable {
        /// The most time from a trade's arrival to its final revision.
        package var deadline = Duration.seconds(30)
        /// True if only final revisions are emitted.
        package var isFinalOnly = false
        /// The most trades that wait at a time, and the most bytes of their lines.
        package var maxOpenTrades = 4096
        package var maxOpenBytes = 8 << 20
        /// The same for trades of a replay. More would miss their deadlines while they wait.
        package var maxReplayTrades = 512
        /// The most live requests that wait while a replay is read, as a multiple of the concurrency.
        package var maxReplayRequests = 4
        /// The most retries at a time.
        package var maxRetries = 16
        /// The most trades that expire, and the most requests that fail fast, before new lines are read.
        package var maxExpiredAtOnce = Int.max
        /// The time between two reads of the leaderboards; `nil` for none.
        package var leaderboardInterval: Duration?
        /// Settings of the signals; `nil` for none.
        package var signals: SignalSettings?
        /// The trades whose outcomes are followed.
        package var grading = GradingMode.none
        package var lookups = LookupScheduler.Settings()

        package init() {}
    }
}
