import PMFlow

/// A message in the queue of a channel: references to one alert, or to several for a digest.
package struct QueuedMessage: Sendable {
    /// Never empty; several make a digest.
    package internal(set) var alerts: [AlertReference]
    /// The number of attempts so far.
    package internal(set) var attempts = 0
    /// The receiver's id of the message to edit; `nil` to send a new one.
    package internal(set) var edits: String?
    /// True if the receiver may have the message already, because the result of an attempt is unknown.
    package internal(set) var isRedelivery: Bool

    /// Failures in a row before each of which the receiver had accepted another message.
    var failuresAlone = 0
    /// The channel's count of delivered messages at the last failure of this one.
    var deliveredBefore: Int

    let queuedAt: ContinuousClock.Instant
    var notBefore: ContinuousClock.Instant
    var backoff: Backoff<SplitMix64>

    /// The first alert.
    package var alert: AlertReference { alerts[0] }

    var isDigest: Bool { alerts.count > 1 }

    /// Returns true if the message holds an earlier revision of the alert.
    func isOlder(than other: AlertReference) -> Bool {
        !isDigest && alert.id == other.id && alert.revision < other.revision
    }
}
