import Postgres

extension PostgresStore: SubscriberStore {
    package func subscribers() throws(StoreError) -> [Subscriber] {
        try request { session throws(PostgresError) in
            let rows = try session.connection.run(
                """
                SELECT name, \(utc("created_at")), \(AlertSetting.columns)
                FROM users LEFT JOIN alert_settings ON user_name = name ORDER BY name, channel, target
                """)
            var subscribers: [Subscriber] = []
            for row in 0..<rows.count {
                subscribers.add(
                    name: rows[row, 0] ?? "", createdAt: rows[row, 1],
                    setting: (2..<rows.columns.count).map { rows[row, $0] })
            }
            return subscribers
        }
    }

    package func save(_ subscriber: Subscriber) throws(StoreError) {
        try request { session throws(PostgresError) in
            try session.connection.run(script: "BEGIN")
            do throws(PostgresError) {
                try session.replace(subscriber)
                try session.connection.run(script: "COMMIT")
            } catch {
                try? session.connection.run(script: "ROLLBACK")
                throw error
            }
        }
    }

    package func removeSubscriber(named name: String) throws(StoreError) -> Bool {
        try request { session throws(PostgresError) in
            try session.connection.run("DELETE FROM users WHERE name = $1", [.text(name)]).affectedRows > 0
        }
    }
}

extension PostgresSession {
    fileprivate func replace(_ subscriber: Subscriber) throws(PostgresError) {
        let name = Parameter.text(subscriber.name)
        _ = try connection.run(
            "INSERT INTO users VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            [name, .text(subscriber.createdAt.description)])
        _ = try connection.run("DELETE FROM alert_settings WHERE user_name = $1", [name])
        for setting in subscriber.settings {
            let values = [name] + setting.texts.map { Parameter($0) }
            let places = values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
            _ = try connection.run(
                "INSERT INTO alert_settings (user_name, \(AlertSetting.columns)) VALUES (\(places))", values)
        }
    }
}
