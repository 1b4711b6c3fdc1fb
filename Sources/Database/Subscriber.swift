import PMRecord

/// A receiver of alerts, with its channels and filters.
package struct Subscriber: Sendable, Equatable {
    package var name: String
    package var createdAt: Timestamp
    package var settings: [AlertSetting]

    package init(name: String, createdAt: Timestamp, settings: [AlertSetting]) {
        self.name = name
        self.createdAt = createdAt
        self.settings = settings
    }
}

/// One channel of a subscriber, with its filter. An empty list and a `nil` bound match every trade.
package struct AlertSetting: Sendable, Equatable {
    package enum Channel: String, Sendable, CaseIterable {
        case discord, telegram, slack, webhook, email, command
    }

    package var channel: Channel
    /// The file that holds the secret, the e-mail address, or the program's path; never a secret itself.
    package var target: String
    /// Kinds of alert, such as `WHALE_MOVEMENT`.
    package var types: [String]
    package var minValue: Decimal?
    package var maxPrice: Decimal?
    package var tiers: [String] = []
    package var sides: [String] = []
    /// `all`, `taker` or `maker`; `nil` for pm-alert's default.
    package var roles: String?
    package var wallets: [String] = []
    package var markets: [String] = []
    package var categories: [String] = []
    /// Noise labels whose trades are left out; `ALL` for every label.
    package var excludedNoise: [String] = []
    /// The shortest time between two alerts for one wallet in one market; `nil` for pm-alert's `--cooldown`.
    package var cooldown: Duration?

    package init(channel: Channel, target: String, types: [String]) {
        self.channel = channel
        self.target = target
        self.types = types
    }
}

/// The store of subscribers: tables `users` and `alert_settings`.
package protocol SubscriberStore: AnyObject {
    /// Returns all subscribers ordered by name, each with its settings ordered by channel and target.
    func subscribers() throws(StoreError) -> [Subscriber]

    /// Saves the subscriber, and replaces all settings of an existing one, whose creation time stays.
    func save(_ subscriber: Subscriber) throws(StoreError)

    /// - Returns: True if there was a subscriber of that name.
    func removeSubscriber(named name: String) throws(StoreError) -> Bool
}

extension AlertSetting {
    /// The columns of `alert_settings`, after `user_name`.
    static let columns = """
        channel, target, types, min_value, max_price, tiers, sides, wallets, markets, categories, cooldown_ms, roles,
        without_noise
        """

    /// One value for each of ``columns``; lists are joined by commas.
    var texts: [String?] {
        [
            channel.rawValue, target, list(types), minValue?.description, maxPrice?.description, list(tiers),
            list(sides), list(wallets), list(markets), list(categories),
            cooldown.map { String($0.inMilliseconds) }, roles, list(excludedNoise),
        ]
    }

    /// - Returns: `nil` for an unknown channel.
    init?(texts: [String?]) {
        guard let channel = texts[0].flatMap(Channel.init), let target = texts[1] else { return nil }
        self.init(channel: channel, target: target, types: parts(texts[2]))
        minValue = texts[3].flatMap { Decimal($0) }
        maxPrice = texts[4].flatMap { Decimal($0) }
        tiers = parts(texts[5])
        sides = parts(texts[6])
        wallets = parts(texts[7])
        markets = parts(texts[8])
        categories = parts(texts[9])
        cooldown = texts[10].flatMap { Int64($0) }.map { .milliseconds($0) }
        roles = texts[11]
        excludedNoise = parts(texts[12])
    }
}

private func list(_ parts: [String]) -> String { parts.joined(separator: ",") }

private func parts(_ list: String?) -> [String] { (list ?? "").split(separator: ",").map { String($0) } }

extension [Subscriber] {
    /// Adds a row of users joined with their settings. Rows must come in order.
    mutating func add(name: String, createdAt: String?, setting texts: [String?]) {
        if last?.name != name {
            let created = createdAt.flatMap { Timestamp($0) } ?? Timestamp(milliseconds: 0)
            append(Subscriber(name: name, createdAt: created, settings: []))
        }
        if let setting = AlertSetting(texts: texts) { self[count - 1].settings.append(setting) }
    }
}
