import PMRecord

/// Someone who is told of trades, and where and of which.
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

/// One way to tell a subscriber, and of what.
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
    /// Empty admits every tier; likewise the wallets and the markets.
    package var tiers: [String]
    package var wallets: [String]
    package var markets: [String]

    package init(
        channel: Channel, target: String, types: [String], minValue: Decimal? = nil, tiers: [String] = [],
        wallets: [String] = [], markets: [String] = []
    ) {
        self.channel = channel
        self.target = target
        self.types = types
        self.minValue = minValue
        self.tiers = tiers
        self.wallets = wallets
        self.markets = markets
    }
}

/// Where subscribers are kept: tables `users` and `alert_settings`.
package protocol SubscriberStore: AnyObject {
    /// All of them by name, each with the settings by channel and target.
    func subscribers() throws(StoreError) -> [Subscriber]

    /// Keeps the subscriber with these settings and no others. One that is there keeps when it was made.
    func save(_ subscriber: Subscriber) throws(StoreError)

    /// - Returns: Whether there was one of that name.
    func removeSubscriber(named name: String) throws(StoreError) -> Bool
}

extension AlertSetting {
    /// The columns of `alert_settings`, after `user_name`.
    static let columns = "channel, target, types, min_value, tiers, wallets, markets"

    /// One text for each of ``columns``; lists are parted by commas.
    var texts: [String?] {
        [
            channel.rawValue, target, list(types), minValue?.description, list(tiers), list(wallets),
            list(markets),
        ]
    }

    /// - Returns: `nil` for a channel that this program does not know.
    init?(texts: [String?]) {
        guard let channel = texts[0].flatMap(Channel.init), let target = texts[1] else { return nil }
        self.init(
            channel: channel, target: target, types: parts(texts[2]),
            minValue: texts[3].flatMap { Decimal($0) },
            tiers: parts(texts[4]), wallets: parts(texts[5]), markets: parts(texts[6]))
    }
}

private func list(_ parts: [String]) -> String { parts.joined(separator: ",") }

private func parts(_ list: String?) -> [String] { (list ?? "").split(separator: ",").map { String($0) } }

extension [Subscriber] {
    /// Adds a row of users joined with their settings, which come in order.
    mutating func add(name: String, createdAt: String?, setting texts: [String?]) {
        if last?.name != name {
            let created = createdAt.flatMap { Timestamp($0) } ?? Timestamp(milliseconds: 0)
            append(Subscriber(name: name, createdAt: created, settings: []))
        }
        if let setting = AlertSetting(texts: texts) { self[count - 1].settings.append(setting) }
    }
}
