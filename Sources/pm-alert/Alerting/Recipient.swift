import Database
import PMRecord

/// Who is told what, and where: a subscriber as the rules see one.
package struct Recipient: Sendable, Equatable {
    /// One way to tell a recipient, and of what.
    package struct Route: Sendable, Equatable {
        package var channel: ChannelAddress
        package var types: Set<AlertType>
        package var interest: Interest

        package init(
            _ channel: ChannelAddress, types: Set<AlertType> = Set(AlertType.allCases),
            interest: Interest = Interest()
        ) {
            self.channel = channel
            self.types = types
            self.interest = interest
        }

        func wants(_ type: AlertType, _ trade: AlertTrade) -> Bool {
            types.contains(type) && interest.objection(to: trade) == nil
        }
    }

    package var name: String
    package var routes: [Route]

    package init(name: String, routes: [Route]) {
        self.name = name
        self.routes = routes
    }

    package init(_ subscriber: Subscriber) {
        self.init(name: subscriber.name, routes: subscriber.settings.map(Route.init))
    }

    /// Where that alert goes; `nil` where it is not wanted at all.
    func channels(for type: AlertType, of trade: AlertTrade) -> [ChannelAddress]? {
        let channels = routes.filter { $0.wants(type, trade) }.map(\.channel)
        return channels.isEmpty ? nil : channels
    }
}

/// A place where alerts go. Two subscribers with the same one share its queue, and its receiver's patience with it.
package struct ChannelAddress: Sendable, Hashable {
    package let kind: AlertSetting.Channel
    /// The file that holds the secret, for most; an e-mail address; a program's path.
    package let target: String

    package init(_ kind: AlertSetting.Channel, _ target: String) {
        self.kind = kind
        self.target = target
    }
}

extension Recipient.Route {
    init(_ setting: AlertSetting) {
        var interest = Interest()
        interest.minValue = setting.minValue
        interest.tiers = Set(setting.tiers)
        interest.wallets = Set(setting.wallets.map { $0.lowercased() })
        interest.markets = Set(setting.markets.map { $0.lowercased() })
        self.init(
            ChannelAddress(setting.channel, setting.target),
            types: Set(setting.types.compactMap(AlertType.init(rawValue:))), interest: interest)
    }
}
