import PMRecord

/// `GET /v2/user-pnl`: a series of cumulative profit and loss.
struct UserPnLRoute: DataRoute {
    let state: DataState

    private static let intervals = [
        "max": 0, "all": 0, "1m": 30 * 86_400, "1w": 7 * 86_400, "1d": 86_400,
        "12h": 43_200, "6h": 21_600,
    ]
    private static let steps = ["1d": 86_400, "18h": 64_800, "12h": 43_200, "3h": 10_800, "1h": 3_600]

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let user = try query.requiredUser()
        let interval = try query.choice("interval", Self.intervals.keys.sorted(), default: "1d")
        let fidelity = try query.choice("fidelity", Self.steps.keys.sorted(), default: "1h")
        let points = state.wallet(user).map {
            self.points(of: $0, Self.intervals[interval]!, Self.steps[fidelity]!)
        }
        return Envelope.value { row in
            row.field("proxy_wallet", user)
            row.field("interval", interval)
            row.field("fidelity", fidelity)
            row.field("source_fidelity", fidelity)
            row.key("points")
            row.array { array in
                for point in points ?? [] { array.object { PnLRow.write(point, to: &$0) } }
            }
        }
    }

    /// - Parameter length: Seconds; 0 for the whole life. At most 400 points.
    private func points(of wallet: Wallet, _ length: Int, _ step: Int) -> [PnLPoint] {
        let ledger = state.ledger(of: wallet)
        let (now, born) = (Int(state.now.milliseconds / 1_000), Int(wallet.created.milliseconds / 1_000))
        let first = max(length == 0 ? born : now - length, born, now - 400 * step)
        return stride(from: (first + step - 1) / step * step, through: now, by: step).map {
            ledger.point(at: Timestamp(milliseconds: Int64($0) * 1_000))
        }
    }
}
