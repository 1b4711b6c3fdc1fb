import WebSockets

/// `GET /markets`, `/markets/keyset`, `/markets/{id}` and `/markets/slug/{slug}`.
struct GammaMarketsRoute {
    let api: GammaAPI

    func answer(_ path: ArraySlice<Substring>, _ query: Query) throws(GammaError) -> Response {
        let rows = GammaRows(world: api.world)
        switch (path.first, path.dropFirst().first) {
        case (nil, _):
            return api.list(try matching(query), query) { rows.writeMarket($1, to: &$0) }
        case ("keyset", _):
            return try api.keyset("markets", try matching(query), query) { rows.writeMarket($1, to: &$0) }
        case ("slug", let slug?):
            return try one(api.world.index(ofSlug: String(slug)))
        case (let id?, _):
            guard let number = Int(id) else { throw .invalid("id must be an integer") }
            return try one(api.world.markets.firstIndex { $0.id == number })
        }
    }

    private func one(_ index: Int?) throws(GammaError) -> Response {
        guard let index, api.isKnown(api.world.markets[index]) else { throw .notFound("market not found") }
        let rows = GammaRows(world: api.world)
        return Response(json: json { rows.writeMarket(api.world.markets[index], to: &$0) })
    }

    private func matching(_ query: Query) throws(GammaError) -> [Market] {
        let filter = Filter(query)
        let order = try api.order(query)
        let found = api.world.markets.filter {
            api.isKnown($0) && filter.includes($0, seed: api.world.options.seed) && api.hasTag($0, query)
        }
        let isAscending = query.flag("ascending") ?? (order == nil)
        let sorted: [Market] =
            switch order {
            case "volume24hr", "volume24hrClob": found.sorted { $0.volume24h < $1.volume24h }
            case "volume", "volumeNum", "liquidity", "liquidityNum": found.sorted { $0.volume < $1.volume }
            case "endDate": found.sorted { $0.end < $1.end }
            case "startDate", "createdAt": found.sorted { $0.created < $1.created }
            default: found
            }
        return isAscending ? sorted : sorted.reversed()
    }

    /// The filters of a list. Unknown names are ignored, among them those with brackets.
    private struct Filter {
        let ids: Set<Int>
        let slugs: Set<String>
        let tokens: Set<String>
        let positions: Set<String>
        let conditions: Set<String>
        let questions: Set<String>
        let versions: Set<String>
        let isClosed: Bool

        init(_ query: Query) {
            ids = Set(query.all("id").compactMap { Int($0) })
            slugs = Set(query.all("slug"))
            tokens = Set(query.all("clob_token_ids"))
            positions = Set(query.all("position_ids"))
            conditions = paddedConditions(query.all("condition_ids"))
            questions = Set(query.all("question_ids").map { $0.lowercased() })
            versions = Set(query.all("version"))
            isClosed = query.flag("closed") ?? false
        }

        func includes(_ market: Market, seed: UInt64) -> Bool {
            market.isClosed == isClosed && (ids.isEmpty || ids.contains(market.id))
                && (slugs.isEmpty || slugs.contains(market.slug))
                && (tokens.isEmpty || (market.gammaTokens ?? []).contains { tokens.contains($0) })
                && (positions.isEmpty
                    || market.module.isV2 && market.assets.contains { positions.contains($0) })
                && (conditions.isEmpty || conditions.contains(market.conditionID))
                && (questions.isEmpty || questions.contains(questionID(of: market, seed: seed)))
                && (versions.isEmpty || versions.contains(market.module.isV2 ? "v2" : "v1"))
        }
    }
}

extension Market {
    /// `clobTokenIds`: null for most markets of Protocol V2. Some have both kinds of ids; these tokens then trade
    /// nowhere.
    var gammaTokens: [String]? {
        guard module.isV2 else { return assets }
        guard id.isMultiple(of: 3) else { return nil }
        var random = SeededRandom(seed: UInt64(id), for: "unused tokens")
        return (0...1).map { _ in decimalText(ofHex: random.hex(64)) }
    }

    /// `version`: null on some old markets.
    var gammaVersion: String? { module.isV2 ? "v2" : id.isMultiple(of: 9) ? nil : "v1" }
}
