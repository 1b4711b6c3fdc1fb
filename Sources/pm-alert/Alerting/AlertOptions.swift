import Database

/// The settings of pm-alert.
package struct AlertOptions: Sendable {
    package var rules = RuleOptions()
    package var subscribers = SubscriberSource.database(.standard)
    /// The time between two reads of the subscribers.
    package var refresh = Duration.seconds(300)
    /// The longest time that deliveries may go on after the end of input.
    package var drain = Duration.seconds(30)
    /// The longest time that an `alert` record waits for its channels.
    package var recordPatience = Duration.seconds(30)
    /// The database that stores the alerts; `nil` to store none.
    package var history: DatabaseLocation?
    /// The path of the outbox file; without one, undelivered alerts are lost when the process is killed.
    package var outbox: String?
    /// The path of the file for alerts that were given up.
    package var deadLetters: String?
    package var inDoubt = InDoubt.resend
    /// Alerts about trades received longer ago go to a digest. Replayed trades are exempt.
    package var maxAge = Duration.seconds(900)
    /// True if the input is dead letters.
    package var isRedelivering = false
    package var channels = ChannelSettings()

    package init() {}
}

/// The handling of an alert that may have been delivered before a crash.
package enum InDoubt: String, Sendable, CaseIterable {
    case resend, skip
}
