/// `GET /v2/user-stats`.
struct UserStatsRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let user = try query.requiredUser()
        guard let wallet = state.wallet(user) else { return unknown(user) }
        let ledger = state.ledger(of: wallet)
        let point = ledger.point(at: state.now)
        return Envelope.value { row in
            row.field("proxy_wallet", wallet.address)
            row.field("trades", ledger.marketCount)
            row.field("biggest_win", micros: ledger.biggestWin)
            row.field("views", wallet.number * 37 % 5_000)
            // For some known wallets the service has no date.
            if wallet.hasJoinDate {
                row.field("join_date", wallet.created.milliseconds / 1_000)
            } else {
                row.null("join_date")
            }
            row.key("all_time_pnl")
            if point.tradeCount == 0 { row.null() } else { row.object { PnLRow.write(point, to: &$0) } }
        }
    }

    /// Null, or a row of zeros.
    private func unknown(_ user: String) -> [UInt8] {
        let isNull =
            switch state.options.unknownStats {
            case .null: true
            case .zeros: false
            case .mixed: (user.utf8.last ?? 0).isMultiple(of: 2)
            }
        guard !isNull else { return Envelope.null }
        return Envelope.value {
            $0.field("proxy_wallet", user)
            $0.field("trades", 0)
            $0.field("biggest_win", 0)
            $0.field("views", 0)
            $0.null("join_date")
            $0.null("all_time_pnl")
        }
    }
}
