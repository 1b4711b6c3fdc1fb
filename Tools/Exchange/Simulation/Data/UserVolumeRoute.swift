/// `GET /v2/user-volume`: shares, dollars and fills, in whole UTC days.
struct UserVolumeRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let user = try query.requiredUser()
        let start = try query.int("start").map { $0 / 86_400 * 86_400 } ?? 0
        let end = try query.int("end").map { $0 / 86_400 * 86_400 + 86_399 } ?? .max
        let fills = state.wallet(user).map { wallet in
            let ledger = state.ledger(of: wallet)
            return (ledger.history.trades + ledger.recent).filter {
                start <= Int($0.block.seconds) && Int($0.block.seconds) <= end
            }
        }
        let sum = { (amount: (Fill) -> Double) in
            (fills ?? []).reduce(0) { $0 + Int((amount($1) * 1_000_000).rounded()) }
        }
        return Envelope.value {
            $0.field("volume", micros: sum(\.shares))
            $0.field("volume_usdc", micros: sum(\.dollars))
            $0.field("trade_count", fills?.count ?? 0)
        }
    }
}
