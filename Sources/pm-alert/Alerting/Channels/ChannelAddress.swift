import Database

/// A destination of alerts. Subscribers with the same address share its queue and its rate limit.
package struct ChannelAddress: Sendable, Hashable {
    package let kind: AlertSetting.Channel
    /// The path of the file with the secret, `env:NAME`, an e-mail address, or a program's path.
    package let target: String

    package init(_ kind: AlertSetting.Channel, _ target: String) {
        self.kind = kind
        self.target = target
    }
}

extension ChannelAddress: CustomStringConvertible {
    package var description: String { "\(kind.rawValue) (\(target))" }
}
