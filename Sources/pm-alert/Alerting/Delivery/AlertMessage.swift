import PMFlow

/// A message in the queue of a channel: an alert, or a digest of several.
package struct AlertMessage: Sendable {
    /// Never empty; several make a digest.
    package internal(set) var alerts: [Alert]
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
    package var alert: Alert { alerts[0] }

    var isDigest: Bool { alerts.count > 1 }

    /// The note at the top of a message that repeats or follows an earlier one.
    var preface: String? {
        switch (isRedelivery, isFollowUp) {
        case (true, _): "Sent again, for it may not have arrived"
        case (false, true): "Update"
        case (false, false): nil
        }
    }

    /// True if the message is a follow-up that cannot be an edit.
    private var isFollowUp: Bool { !isDigest && alert.revision > 0 && edits == nil }

    /// Returns true if the message holds an earlier revision of the alert.
    func isOlder(than other: Alert) -> Bool {
        !isDigest && alert.id == other.id && alert.revision < other.revision
    }
}
