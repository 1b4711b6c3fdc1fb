extension ChannelQueue {
    /// The bounds of one channel's queue, attempts and pauses.
    package struct Limits: Sendable {
        /// The most alerts that wait with a message each; further ones go to a digest.
        package var capacity = 1000
        /// A message is given up after this many failures before each of which the receiver accepted another.
        package var attempts = 12
        /// A message is given up after this time.
        package var age = Duration.seconds(24 * 3600)
        package var firstPause = Duration.milliseconds(500)
        package var longestPause = Duration.seconds(300)
        /// The longest pause that a receiver may ask for.
        package var longestRetryAfter = Duration.seconds(900)
        /// The pause after a rate limit without a time to wait, such as a block of this machine's address. It doubles with
        /// each further one, up to ``longestRetryAfter``.
        package var unnamedPause = Duration.seconds(60)
        /// The least time between two messages.
        package var interval = Duration.zero
        /// A digest is sent when no alert was added to it for this time, and at the latest ten times this
        /// time after its first alert.
        package var digestPause = Duration.seconds(2)

        /// The most alerts of one digest; further ones go to the next.
        package var digestCapacity = Int.max

        package init() {}
    }
}
