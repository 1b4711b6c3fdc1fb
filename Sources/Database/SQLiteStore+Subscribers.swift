import SQLite

extension SQLiteStore: SubscriberStore {
    package func subscribers() throws(StoreError) -> [Subscriber] {
        let session = try openSession()
        return try SQLiteStore.attempt { () throws(SQLiteError) in
            let query = try session.database.prepare(
                """
                SELECT name, created_at, \(AlertSetting.columns)
                FROM users LEFT JOIN alert_settings ON user_name = name ORDER BY name, channel, target
                """)
            var subscribers: [Subscriber] = []
            while try query.step() {
                subscribers.add(
                    name: query.text(0) ?? "", createdAt: query.text(1),
                    setting: (2..<query.columnCount).map { query.text($0) })
            }
            return subscribers
        }
    }

    package func save(_ subscriber: Subscriber) throws(StoreError) {
        let session = try openSession()
        try SQLiteStore.attempt { () throws(SQLiteError) in
            try session.database.transaction { database throws(SQLiteError) in
                let user = try database.prepare(
                    "INSERT INTO users VALUES (?, ?) ON CONFLICT (name) DO NOTHING")
                try user.bind(subscriber.name, at: 1)
                try user.bind(subscriber.createdAt.description, at: 2)
                try user.run()
                let clear = try database.prepare("DELETE FROM alert_settings WHERE user_name = ?")
                try clear.bind(subscriber.name, at: 1)
                try clear.run()
                for setting in subscriber.settings {
                    let values = [subscriber.name] + setting.texts
                    let places = values.map { _ in "?" }.joined(separator: ", ")
                    let insert = try database.prepare(
                        "INSERT INTO alert_settings (user_name, \(AlertSetting.columns)) VALUES (\(places))")
                    for (index, text) in values.enumerated() { try insert.bind(text, at: index + 1) }
                    try insert.run()
                }
            }
        }
    }

    package func removeSubscriber(named name: String) throws(StoreError) -> Bool {
        let session = try openSession()
        return try SQLiteStore.attempt { () throws(SQLiteError) in
            let delete = try session.database.prepare("DELETE FROM users WHERE name = ?")
            try delete.bind(name, at: 1)
            try delete.run()
            return session.database.changes > 0
        }
    }
}
