import Database

/// How pm-alert is to work.
package struct AlertOptions: Sendable {
    package var rules = RuleOptions()
    /// Who is told.
    package var subscribers = SubscriberSource.database(.standard)
    /// Time between readings of the subscribers.
    package var refresh = Duration.seconds(300)
    /// How long deliveries may go on after the end of input.
    package var drain = Duration.seconds(30)
    /// How long an `alert` record waits for its channels.
    package var report = Duration.seconds(30)
    /// Where the history of alerts is kept.
    package var history: DatabaseLocation?
    /// Where the ledger is kept; without it, a process that is killed takes what it had not delivered with it.
    package var ledger: String?
    package var deadLetters: String?
    /// What becomes of an alert that may have arrived before the process before us died.
    package var inDoubt = InDoubt.resend
    /// Alerts of trades heard longer ago are folded into one message; those of recordings are not.
    package var maxAge = Duration.seconds(900)
    /// Whether the input is dead letters.
    package var isRedelivering = false
    package var channels = ChannelSettings()

    package init() {}
}

package enum InDoubt: String, Sendable, CaseIterable {
    case resend, skip
}
