import PMJSON

/// `GET /v2/leaderboard`: the board, or with `user` the standing of one wallet.
struct LeaderboardRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let cursor = try query.cursor("leaderboard")
        let period = try agreed(query, "time_period", cursor?["tp"]?.string) ?? "day"
        guard let period = Leaderboard.Period(rawValue: period) else {
            throw .invalid("time_period must be one of day, week, month, all", "time_period")
        }
        let category = try agreed(query, "category", cursor?["c"]?.string) ?? "overall"
        let sort = try agreed(query, "sort_by", cursor?["sb"]?.string)?.uppercased() ?? "PNL"
        guard ["PNL", "VOLUME"].contains(sort), category != "combos" || sort == "PNL" else {
            throw .invalid("sort_by must be PNL or VOLUME", "sort_by")
        }
        let places = places(period, category)
        if let user = try query.user() { return standing(of: user, in: places) }
        let limit = try query.limit(cursor)
        let amount = sort == "PNL" ? \Leaderboard.Place.profit : \.volume
        let ranked = Leaderboard.ranked(places.sorted { $0[keyPath: amount] > $1[keyPath: amount] }) {
            $0[keyPath: amount]
        }
        let offset = cursor?.int("o") ?? 0
        let page = ranked.dropFirst(offset).prefix(limit)
        let next = SignedCursor(
            "leaderboard",
            [
                ("l", .number(limit)), ("tp", .string(period.rawValue)), ("c", .string(category)),
                ("sb", .string(sort)), ("o", .number(offset + limit)),
            ])
        return Envelope.page(page, limit: limit, next: offset + limit < ranked.count ? next : nil) {
            write($1.place, rank: $1.rank, to: &$0)
        }
    }

    /// A cursor resumes without the parameters; a contradiction is an error.
    private func agreed(_ query: DataQuery, _ name: String, _ kept: String?) throws(DataError) -> String? {
        if let kept, let asked = query[name], asked.lowercased() != kept.lowercased() { throw .cursor }
        return kept ?? query[name]
    }

    /// Any category is accepted; it takes a part of the wallets.
    private func places(_ period: Leaderboard.Period, _ category: String) -> [Leaderboard.Place] {
        let places = state.store.leaderboard(period, in: state.world).places
        guard category.lowercased() != "overall" else { return places }
        let share = category.utf8.reduce(0) { $0 &+ Int($1) }
        return places.filter { ($0.wallet + share).isMultiple(of: 3) }
    }

    private func write(_ place: Leaderboard.Place, rank: Int, to row: inout JSONWriter) {
        let wallet = state.world.population.wallets[place.wallet]
        row.field("rank", rank)
        row.field("user_id", wallet.address)
        writeAmounts(of: place, wallet, to: &row)
    }

    private func writeAmounts(of place: Leaderboard.Place, _ wallet: Wallet, to row: inout JSONWriter) {
        row.field("pnl", digits: decimalText(exact: place.profit))
        row.field("volume", digits: decimalText(exact: place.volume))
        row.field("user_name", wallet.name)
        row.field("profile_image", "")
        row.field("x_username", "")
        row.field("verified", wallet.archetype == .smart)
    }

    /// Null for an unknown wallet. One that has not traded is unranked: its ranks are null, 0 or missing.
    private func standing(of user: String, in places: [Leaderboard.Place]) -> [UInt8] {
        guard let wallet = state.wallet(user),
            let place = places.first(where: { $0.wallet == wallet.number })
        else { return Envelope.null }
        let isUnranked = place.volume == 0
        return Envelope.value { row in
            row.field("user_id", wallet.address)
            row.field("pnl", digits: decimalText(exact: place.profit))
            row.field("volume", digits: decimalText(exact: place.volume))
            for (name, amount) in [("rank_pnl", \Leaderboard.Place.profit), ("rank_volume", \.volume)] {
                if !isUnranked {
                    row.field(name, places.count { $0[keyPath: amount] > place[keyPath: amount] } + 1)
                } else if wallet.number % 3 == 0 {
                    row.null(name)
                } else if wallet.number % 3 == 1 {
                    row.field(name, 0)
                }
            }
            row.field("user_name", wallet.name)
            row.field("profile_image", "")
            row.field("x_username", "")
            row.field("verified", wallet.archetype == .smart)
        }
    }
}
