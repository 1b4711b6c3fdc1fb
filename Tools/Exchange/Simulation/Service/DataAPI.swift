import PMJSON
import PMRecord
import WebSockets

/// The Data API: trades, activity, positions and the leaderboard.
package struct DataAPI {
    /// What a request for `/trades` may ask for.
    package struct Caps: Sendable {
        package var limit = 10_000
        package var offset = 10_000
    }

    let world: World
    let now: Timestamp
    /// Trades that the API shows yet: so many of the truth, from its beginning.
    let visible: Int
    let caps: Caps
    let history: (Wallet) -> WalletHistory
    let leaderboard: (Leaderboard.Period) -> Leaderboard

    func answer(_ path: [Substring], _ query: Query) -> Response {
        switch path.joined(separator: "/") {
        case "trades": trades(query)
        case "activity": activity(query)
        case "positions": positions(query)
        case "closed-positions": closedPositions(query)
        case "value": value(query)
        case "traded": traded(query)
        case "holders": holders(query)
        case "v1/leaderboard": places(query)
        case "v2/trades": tradesV2(query)
        case "v2/status": status()
        default: Response(status: 404, error: "not found")
        }
    }

    private func holders(_ query: Query) -> Response {
        let markets = query.all("market").compactMap { world.place(ofCondition: $0) }.map {
            world.markets[$0]
        }
        guard !markets.isEmpty else {
            return Response(status: 400, error: "required query param 'market' not provided")
        }
        var dice = Dice(seed: world.options.seed, for: "holders \(markets[0].id)")
        let tokens = markets.flatMap { market in (0...1).map { (market.assets[$0], $0) } }
        return Response(
            json: json(array: tokens) { row, token in
                row.feed("token", token.0)
                row.key("holders")
                row.array { array in
                    for _ in 0..<query.limit(default: 20, most: 20) {
                        let wallet = dice.pick(world.population.wallets)
                        array.object {
                            $0.feed("proxyWallet", wallet.address)
                            $0.feed("bio", "")
                            $0.feed("asset", token.0)
                            $0.feed("pseudonym", wallet.pseudonym)
                            $0.feed("amount", dollars: dice.powerLaw(from: 10, exponent: 0.8))
                            $0.feed("displayUsernamePublic", true)
                            $0.feed("outcomeIndex", token.1)
                            $0.feed("name", wallet.name)
                        }
                    }
                }
            })
    }

    private func places(_ query: Query) -> Response {
        guard let period = Leaderboard.Period(rawValue: query["timePeriod"]?.uppercased() ?? "DAY") else {
            return Response(status: 400, error: "invalid timePeriod")
        }
        var places = leaderboard(period).places
        if query["orderBy"]?.uppercased() == "VOL" { places.sort { $0.volume > $1.volume } }
        var ranked = Array(zip(1..., places))
        if let user = query["user"] {
            ranked.removeAll { world.population.wallets[$0.1.wallet].address != user.lowercased() }
        }
        guard (0...1_000).contains(query.whole("offset") ?? 0) else {
            return Response(status: 400, error: "offset exceeds 1000")
        }
        let page = ranked.dropFirst(query.whole("offset") ?? 0).prefix(query.limit(default: 25, most: 50))
        return Response(
            json: json(array: page) { WalletShapes(world: world).writePlace($1.1, rank: $1.0, to: &$0) })
    }

    /// How far the API lags behind: by the trades it does not show yet.
    private func status() -> Response {
        let hidden = visible < world.truth.count ? world.truth[visible].time.duration(to: now) : .zero
        let lag = decimalText(dollars: Double(hidden.inMilliseconds) / 1_000)
        let block = (visible > 0 ? world.truth[visible - 1].blockTime : world.start.milliseconds / 1_000) / 2
        return Response(
            json: json {
                $0.feed("status", "ok")
                $0.key("serving")
                $0.object { $0.feed("lag_seconds", digits: lag) }
                $0.key("ingestion")
                $0.object {
                    $0.feed("min_synced_block", block)
                    $0.feed("lag_seconds", digits: lag)
                }
            })
    }
}
