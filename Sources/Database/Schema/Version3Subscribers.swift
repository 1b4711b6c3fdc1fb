extension Schema {
    /// Version 3: more filters of subscribers.
    static let subscriberFilters = (
        postgres: """
        ALTER TABLE alert_settings
            ADD COLUMN max_price numeric,
            ADD COLUMN sides text NOT NULL DEFAULT '',
            ADD COLUMN categories text NOT NULL DEFAULT '',
            ADD COLUMN cooldown_ms bigint;

        """,
        sqlite: """
        ALTER TABLE alert_settings ADD COLUMN max_price TEXT;
        ALTER TABLE alert_settings ADD COLUMN sides TEXT NOT NULL DEFAULT '';
        ALTER TABLE alert_settings ADD COLUMN categories TEXT NOT NULL DEFAULT '';
        ALTER TABLE alert_settings ADD COLUMN cooldown_ms INTEGER;

        """
    )
}
