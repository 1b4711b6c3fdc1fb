import PMJSON
import PMRecord
import WebSockets

/// The options of the Data API.
package struct DataOptions: Sendable {
    /// The way in which a version of the API answers: with data, or with one of these errors.
    package enum Serving: String, Sendable {
        case serve, notFound = "404", gone = "410", html
    }

    /// The answer of `/v2/user-stats` for an unknown wallet.
    package enum UnknownStats: String, Sendable {
        case null, zeros, mixed
    }

    package var v1 = Serving.serve
    package var v2 = Serving.serve
    /// Version 1 of `/trades`: the largest limit and offset.
    package var tradesLimit = 10_000
    package var tradesOffset = 10_000
    /// True if all routes answer 400 to a limit above 1,000. Otherwise only `/v2/activity` does.
    package var rejectsLargeLimits = false
    /// True if `/v2/activity` ignores a list in `type`.
    package var ignoresTypeLists = false
    /// True if no `filter_amount` of `/v2/positions` goes below 0.1 share. It is not known whether one does.
    package var hasFixedDustFloor = false
    package var unknownStats = UnknownStats.mixed
    /// The time after the start in which `/v2/status` has no measurement.
    package var statusAfter = Duration.zero
}

/// The state that the routes read while they answer one request.
struct DataState {
    let world: World
    let now: Timestamp
    /// The number of trades that the API shows: the first ones of the truth.
    let visible: VisibleTrades
    let options: DataOptions
    let store: WalletStore

    func wallet(_ address: String) -> Wallet? { world.population[address] }

    func history(of wallet: Wallet) -> WalletHistory { store.history(of: wallet, in: world) }

    func ledger(of wallet: Wallet) -> WalletLedger {
        WalletLedger(
            history: history(of: wallet), world: world,
            recent: world.truth[..<visible.byUser].filter {
                $0.wallet == wallet.number && !$0.quirks.contains(.ghost)
            })
    }
}

/// A route of version 2.
protocol DataRoute: SendableMetatype {
    init(state: DataState)
    func answer(_ query: DataQuery) throws(DataError) -> [UInt8]
}

/// The Data API, both versions.
struct DataAPI {
    let state: DataState
    /// The id of this answer.
    let trace: String

    func answer(_ path: [Substring], _ request: Request, _ query: Query) -> Response {
        guard path.first == "v2" else {
            return unavailable(state.options.v1) ?? DataV1(state: state).answer(path, query)
        }
        if let response = unavailable(state.options.v2) { return traced(response) }
        guard request.method == "GET" else { return traced(response(to: DataError(.methodNotAllowed))) }
        guard let route = Self.routes[path.dropFirst().joined(separator: "/")] else {
            return traced(response(to: DataError(.notFound)))
        }
        do throws(DataError) {
            let body = try route.init(state: state).answer(DataQuery(query, state.options))
            return traced(Response(json: body))
        } catch {
            return traced(response(to: error))
        }
    }

    private static let routes: [String: any DataRoute.Type] = [
        "trades": TradesRoute.self, "activity": ActivityRoute.self,
        "activity/combos": ComboActivityRoute.self, "positions": PositionsRoute.self,
        "positions/combos": ComboPositionsRoute.self, "value": ValueRoute.self,
        "user-stats": UserStatsRoute.self, "user-pnl": UserPnLRoute.self,
        "user-volume": UserVolumeRoute.self, "leaderboard": LeaderboardRoute.self,
        "holders": HoldersRoute.self, "tokens": TokensRoute.self, "resolutions": ResolutionsRoute.self,
        "prices-history": PricesHistoryRoute.self, "oi": OpenInterestRoute.self,
        "status": StatusRoute.self,
    ]

    private func response(to error: DataError) -> Response {
        var response = Response(json: error.body(trace: trace), status: error.code.status)
        if error.code.isRetryable { response.headers.append(("Retry-After", "1")) }
        return response
    }

    private func traced(_ response: Response) -> Response {
        var response = response
        response.headers.append(("x-trace-id", trace))
        return response
    }

    private func unavailable(_ serving: DataOptions.Serving) -> Response? {
        switch serving {
        case .serve: nil
        case .notFound: Response(status: 404, error: "not found")
        case .gone: Response(status: 410, error: "this version of the API is retired")
        case .html:
            Response(type: "text/html; charset=UTF-8", "<!DOCTYPE html><html><h1>Not here</h1></html>\n")
        }
    }
}
