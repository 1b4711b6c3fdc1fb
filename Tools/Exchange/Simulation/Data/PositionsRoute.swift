import PMJSON

/// `GET /v2/positions`: the positions of a wallet, or of all holders of one condition.
struct PositionsRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let listing = try PositionListing(query, hasFixedDustFloor: state.options.hasFixedDustFloor)
        let limit = try query.limit(listing.cursor)
        var rows = try held(by: listing.anchor)
        rows.removeAll { !listing.includes($0, in: state.world) }
        rows.sort { listing.precedes($0, $1, in: state.world) }
        if let cursor = listing.cursor {
            rows.removeAll { !listing.isAfter(cursor, $0, in: state.world) }
        }
        let page = rows.prefix(limit)
        let next = rows.count > limit ? page.last : nil
        let writer = PositionRow(world: state.world)
        return Envelope.page(
            page, limit: limit, next: next.map { listing.cursor(after: $0, limit, in: state.world) }
        ) { writer.write($1, to: &$0) }
    }

    private func held(by anchor: PositionListing.Anchor) throws(DataError) -> [WalletStore.Holding] {
        switch anchor {
        case .user(let address):
            guard let wallet = state.wallet(address) else { return [] }
            return state.history(of: wallet).allPositions.map {
                WalletStore.Holding(wallet: wallet, position: $0)
            }
        case .condition(let id):
            guard let market = state.world.index(ofCondition: id) else { return [] }
            return state.store.holdings(in: market, of: state.world)
        }
    }
}
