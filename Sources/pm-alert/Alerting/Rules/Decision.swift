/// What became of one trade: who is told now, and why the others are not.
package struct Decision: Sendable {
    package enum Finding: Sendable, Equatable {
        case told
        /// An alert that was told before says more by it.
        case grows
        /// An alert that was told before says it already.
        case known
        /// One like it has just been told.
        case cooling
        case unwanted(Interest.Objection)
    }

    package struct Verdict: Sendable {
        package let subscriber: String
        package let channel: ChannelAddress
        package let finding: Finding
    }

    package let trade: AlertTrade
    /// The rule it meets; `nil` for a trade that nobody need be told of.
    package let type: AlertType?
    package internal(set) var tellings: [Rules.Telling] = []
    package private(set) var verdicts: [Verdict] = []

    init(_ trade: AlertTrade) {
        self.trade = trade
        type = AlertType(trade)
    }

    /// Notes what became of it there; what was noted before does not count any more.
    mutating func note(_ finding: Finding, _ subscriber: String?, _ channels: [ChannelAddress]) {
        guard let subscriber, !channels.isEmpty else { return }
        verdicts.removeAll { $0.subscriber == subscriber && channels.contains($0.channel) }
        verdicts += channels.map { Verdict(subscriber: subscriber, channel: $0, finding: finding) }
    }
}
