import Database
import PMRecord

/// Who is told what, and where: a subscriber as the rules see one.
package struct Recipient: Sendable, Equatable {
    /// One way to tell a recipient, and of what.
    package struct Route: Sendable, Equatable {
        package var channel: ChannelAddress
        package var interest: Interest

        package init(_ channel: ChannelAddress, interest: Interest = Interest()) {
            self.channel = channel
            self.interest = interest
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
        interest.types = Set(setting.types.compactMap(AlertType.init(rawValue:)))
        interest.minValue = setting.minValue
        interest.maxPrice = setting.maxPrice
        interest.tiers = Set(setting.tiers.map { $0.uppercased() })
        interest.sides = Set(setting.sides.compactMap { Side(rawValue: $0.uppercased()) })
        interest.wallets = Set(setting.wallets.map { $0.lowercased() })
        interest.markets = Set(setting.markets.map { $0.lowercased() })
        interest.categories = Set(setting.categories.map { $0.lowercased() })
        interest.cooldown = setting.cooldown
        self.init(ChannelAddress(setting.channel, setting.target), interest: interest)
    }
}

extension ChannelAddress: CustomStringConvertible {
    package var description: String { "\(kind.rawValue) (\(target))" }
}
