/// The SQL of the schema, for each database.
///
///     trades ──▶ wallets          by wallet and condition_id, without foreign keys,
///        └─────▶ markets          because a trade may have neither
///     cursors    gaps             the last stored mark of each stream; times that were not received
///     users ──▶ alert_settings    subscribers, their channels and filters
///     alerts     leaderboard_snapshots     portfolio_snapshots
///
/// A column is named like the record's member that it holds; `record` has the line itself, byte for byte.
/// Keys compare by their bytes (`COLLATE "C"`), a quarter faster than by a language's rules and the same in
/// both databases. Each version adds to the one before it (see ``Migration``).
enum Schema {}
