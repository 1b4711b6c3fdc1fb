import Database
import PMJSON
import PMPipe
import PMRecord

/// Subscribers as lines of JSON, which `pm-alert subscribers` writes and `--subscribers` reads.
extension Subscriber {
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            entry.member("name", name)
            entry.member("created_at", createdAt.description)
            entry.key("settings")
            entry.array { list in
                for setting in settings { list.object(setting.write) }
            }
        }
        return writer.bytes
    }

    /// Reads a file of such lines. Skips empty lines.
    ///
    /// - Throws: ``ExitStatus/configuration`` for any other line, with its number.
    static func read(from path: String) throws(StageError) -> [Subscriber] {
        let text = try readSmallFile(path, upTo: 16 << 20)
        var subscribers: [Subscriber] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy(\.isWhitespace) {
            guard let subscriber = Subscriber(line: String(line)) else {
                throw StageError(.configuration, "\(path): line \(index + 1) is no subscriber")
            }
            subscribers.append(subscriber)
        }
        return subscribers
    }

    /// - Returns: `nil` for a line that is no subscriber, or has an invalid setting.
    private init?(line: String) {
        guard let json = try? JSON(line), let name = json["name"]?.nonEmptyString,
            let list = json["settings"]?.array
        else { return nil }
        let settings = list.compactMap(AlertSetting.init)
        guard settings.count == list.count else { return nil }
        let createdAt = json["created_at"]?.string.flatMap { Timestamp($0) }
        self.init(name: name, createdAt: createdAt ?? Timestamp(milliseconds: 0), settings: settings)
    }
}

extension AlertSetting {
    fileprivate func write(into entry: inout JSONWriter) {
        entry.member("channel", channel.rawValue)
        entry.member("target", target)
        for (key, bound) in Self.bounds {
            guard let decimal = self[keyPath: bound] else { continue }
            entry.key(key)
            entry.raw(decimal.description.utf8)
        }
        for (key, list) in Self.lists where !self[keyPath: list].isEmpty {
            entry.key(key)
            entry.array { array in
                for value in self[keyPath: list] { array.string(value) }
            }
        }
        entry.member("roles", roles)
        entry.member("cooldown_ms", cooldown?.inMilliseconds)
    }

    /// - Returns: `nil` for an unknown channel, a missing target, or an unknown member: to ignore a misspelt filter
    ///   would deliver more alerts than intended.
    fileprivate init?(_ json: JSON) {
        guard case .object(let members) = json, members.allSatisfy({ Self.members.contains($0.key) }),
            let channel = json["channel"]?.string.flatMap(Channel.init),
            let target = json["target"]?.nonEmptyString
        else { return nil }
        self.init(channel: channel, target: target, types: [])
        for (key, list) in Self.lists {
            guard let array = json[key] else { continue }
            guard let texts = array.array?.compactMap(\.string), texts.count == array.array?.count else {
                return nil
            }
            self[keyPath: list] = texts
        }
        for (key, bound) in Self.bounds {
            guard let number = json[key] else { continue }
            guard let decimal = number.numberText.flatMap({ Decimal($0) }) else { return nil }
            self[keyPath: bound] = decimal
        }
        if let choice = json["roles"] {
            guard let roles = choice.string, RoleChoice(rawValue: roles) != nil else { return nil }
            self.roles = roles
        }
        if let number = json["cooldown_ms"] {
            guard let milliseconds = number.integer, milliseconds >= 0 else { return nil }
            cooldown = .milliseconds(milliseconds)
        }
    }

    private static var lists: [(String, WritableKeyPath<AlertSetting, [String]>)] {
        [
            ("types", \.types), ("tiers", \.tiers), ("sides", \.sides), ("wallets", \.wallets),
            ("markets", \.markets), ("categories", \.categories),
            ("without_noise", \.excludedNoise),
        ]
    }

    private static var bounds: [(String, WritableKeyPath<AlertSetting, Decimal?>)] {
        [("min_value", \.minValue), ("max_price", \.maxPrice)]
    }

    private static var members: [String] {
        ["channel", "target", "roles", "cooldown_ms"] + lists.map(\.0) + bounds.map(\.0)
    }
}
