/// The leaderboards of the Data API.
package enum Leaderboard {
    package enum Period: String, Sendable, CaseIterable {
        case day = "DAY"
        case week = "WEEK"
        case month = "MONTH"
        case all = "ALL"

        /// The name in records and in version 2 of the service.
        package var name: String { rawValue.lowercased() }
    }
}
