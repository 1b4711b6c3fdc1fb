import Database
import PMRecord

/// A subscriber as the rules see it: a name, and routes to channels.
package struct Recipient: Sendable, Equatable {
    /// A channel, and the trades that go there.
    package struct Route: Sendable, Equatable {
        package let channel: ChannelAddress
        package let filter: RouteFilter

        package init(_ channel: ChannelAddress, filter: RouteFilter = RouteFilter()) {
            self.channel = channel
            self.filter = filter
        }
    }

    package let name: String
    package let routes: [Route]

    package init(name: String, routes: [Route]) {
        self.name = name
        self.routes = routes
    }

    /// Returns true if one of the routes admits alerts of the type.
    func asks(for type: AlertType) -> Bool { routes.contains { $0.filter.admits(type) } }

    package init(_ subscriber: Subscriber) {
        self.init(name: subscriber.name, routes: subscriber.settings.map(Route.init))
    }
}

extension Recipient.Route {
    fileprivate init(_ setting: AlertSetting) {
        var filter = RouteFilter()
        filter.types = Set(setting.types.compactMap(AlertType.init(rawValue:)))
        filter.minValue = setting.minValue
        filter.maxPrice = setting.maxPrice
        filter.tiers = Set(setting.tiers.map { $0.uppercased() })
        filter.sides = Set(setting.sides.compactMap { Side(rawValue: $0.uppercased()) })
        filter.roles = setting.roles.flatMap(RoleChoice.init)
        filter.wallets = Set(setting.wallets.map { $0.lowercased() })
        filter.markets = Set(setting.markets.map { $0.lowercased() })
        filter.categories = Set(setting.categories.map { $0.lowercased() })
        filter.cooldown = setting.cooldown
        filter.excludedNoise = Set(setting.excludedNoise.map { $0.uppercased() })
        self.init(ChannelAddress(setting.channel, setting.target), filter: filter)
    }
}
