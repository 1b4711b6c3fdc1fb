import PMFlow

/// What a receiver's answer, or its silence, means.
package enum Reply: Sendable, Equatable {
    /// - Parameters:
    ///   - reference: What the receiver calls the message, so that it can be edited.
    ///   - pause: How long it wants nothing more.
    case delivered(reference: String?, pause: Duration? = nil)
    /// Slow down: not before that time has passed, if one was named.
    case limited(Duration?)
    /// The message that was to be edited is not there any more.
    case vanished
    /// It may work later.
    case failed(String)
    /// This alert will never be taken.
    case refused(String)
    /// No alert will be taken any more: the receiver is gone, or has shut us out.
    case closed(String)
}

/// A message on its way to one channel: an alert, or several late ones in one.
package struct AlertMessage: Sendable {
    /// Never empty; several make a digest.
    package internal(set) var alerts: [Alert]
    /// Attempts made.
    package internal(set) var attempts = 0
    /// The message to edit, where the receiver has an earlier revision of the alert.
    package internal(set) var edits: String?
    /// Whether the receiver may have it already: an attempt before had no answer, or we died before we knew it.
    package internal(set) var isRedelivery: Bool

    /// Times in a row that the receiver failed at it and took others.
    var failuresAlone = 0
    /// How many messages the receiver had taken when last it failed at this one.
    var takenBefore: Int

    let since: ContinuousClock.Instant
    var notBefore: ContinuousClock.Instant
    var backoff: Backoff<SplitMix64>

    /// The alert, or the first of them.
    package var alert: Alert { alerts[0] }

    package var isDigest: Bool { alerts.count > 1 }

    /// Whether it says more of what was told before, in a message of its own.
    var isFollowUp: Bool { !isDigest && alert.revision > 0 && edits == nil }

    /// What a message says of itself before all else, where it is not the first of its kind.
    var preface: String? {
        switch (isRedelivery, isFollowUp) {
        case (true, _): "Sent again, for it may not have arrived"
        case (false, true): "Update"
        case (false, false): nil
        }
    }
}

extension AlertMessage {
    /// Whether that alert is a later revision of the one in here.
    func isOlder(than other: Alert) -> Bool {
        !isDigest && alert.id == other.id && alert.revision < other.revision
    }
}
