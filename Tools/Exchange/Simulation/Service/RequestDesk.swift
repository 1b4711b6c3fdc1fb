import PMRecord
import WebSockets

/// Answers every HTTP request, or does not, as the faults have it.
final class RequestDesk {
    private unowned let service: ExchangeService
    private var histories: [Int: WalletHistory] = [:]
    private var leaderboards: [Leaderboard.Period: Leaderboard] = [:]
    /// Answers by URL, for faults that play a cache on the way.
    private var cache: [String: (time: Duration, response: Response)] = [:]
    /// What strangers are answered, by what is asked of whom they are like: made once, for there may be millions.
    private var likenesses: [String: Response] = [:]
    /// Requests that are never answered: let go of, they would be answered with 500.
    private var hanging: [Responder] = []

    init(of service: ExchangeService) { self.service = service }

    func serve(_ request: Request, _ responder: Responder) {
        let path = request.path.split(separator: "/")
        guard let part = path.first else { return responder.respond(Response("pm-exchange\n")) }
        if part == "control" {
            return responder.respond(ControlAPI(service: service).answer(Array(path.dropFirst()), request))
        }
        let route = Self.route(path)
        service.statistics.requests[route, default: 0] += 1
        let fate = service.plan.fate(ofRequestTo: route, at: service.now)
        if case .answer = fate.kind {} else { service.statistics.refused[route, default: 0] += 1 }
        after(fate.delay) { [self] in
            switch fate.kind {
            case .answer: answer(path, request, responder, staleness: fate.staleness)
            case .refuse(let refusal): responder.respond(refusal.response(at: .now()))
            case .hang: hanging.append(responder)
            case .reset: responder.hangUp(resetting: true)
            case .close: responder.hangUp()
            case .truncate:
                let response = respond(path, request)
                responder.respond(response, withholding: (response.body.count + 1) / 2)
            case .malformed, .html, .giant: responder.respond(fate.kind.spoilt(respond(path, request)))
            }
        }
    }

    /// For statistics and faults: without what differs from request to request.
    private static func route(_ path: [Substring]) -> String {
        if path.first == "hooks" { return path.prefix(2).joined(separator: "/") }
        return path.map { $0.allSatisfy(\.isNumber) ? "ID" : $0 }.prefix(4).joined(separator: "/")
    }

    private func answer(
        _ path: [Substring], _ request: Request, _ responder: Responder, staleness: Duration?
    ) {
        guard path.first == "hooks", path.count > 1 else {
            return responder.respond(
                staleness.map { cached(path, request, upTo: $0) } ?? respond(path, request))
        }
        switch service.hooks.take(String(path[1]), request, at: .now()) {
        case .answer(let refusal, let delay):
            after(delay) { [self] in
                responder.respond(service.hooks.response(for: refusal, request, at: .now()))
            }
        case .hang: hanging.append(responder)
        case .reset: responder.hangUp(resetting: true)
        }
    }

    /// What the same URL was answered before, unless that is older than `age`.
    private func cached(_ path: [Substring], _ request: Request, upTo age: Duration) -> Response {
        let url = "\(request.path)?\(request.query)"
        if let known = cache[url], service.now - known.time < age { return known.response }
        let response = respond(path, request)
        cache[url] = (service.now, response)
        return response
    }

    private func respond(_ path: [Substring], _ request: Request) -> Response {
        guard service.scenario.hasStrangers, let parameters = asked(ofAStranger: request.parameters) else {
            return respond(path, request, request.parameters)
        }
        let question = "\(request.path)?\(parameters.map { "\($0.name)=\($0.value)" }.joined(separator: "&"))"
        if let known = likenesses[question] { return known }
        let response = respond(path, request, parameters)
        likenesses[question] = response
        return response
    }

    /// The same, asked of the wallet that a stranger is like; `nil` where no stranger is asked about.
    private func asked(ofAStranger parameters: [(name: String, value: String)]) -> [(
        name: String, value: String
    )]? {
        guard let place = parameters.firstIndex(where: { ["user", "address"].contains($0.name) }),
            service.world.population[parameters[place].value] == nil
        else { return nil }
        let wallets = service.world.population.wallets
        let number = UInt64(parameters[place].value.suffix(8), radix: 16) ?? 0
        var parameters = parameters
        parameters[place].value = wallets[Int(number % UInt64(wallets.count))].address
        return parameters
    }

    private func respond(
        _ path: [Substring], _ request: Request, _ parameters: [(name: String, value: String)]
    ) -> Response {
        let (rest, query, now) = (Array(path.dropFirst()), Query(parameters: parameters), Timestamp.now())
        switch path.first {
        case "gamma":
            return GammaAPI(world: service.world, now: now, metadataLag: service.scenario.metadataLag).answer(
                rest, query)
        case "data":
            return DataAPI(
                world: service.world, now: now, visible: service.visible, caps: service.scenario.caps,
                history: { [unowned self] in history(of: $0) },
                leaderboard: { [unowned self] in leaderboard($0) }
            ).answer(rest, query)
        case "clob":
            return ChainAPI(world: service.world, now: now, visible: service.visible).clob(rest, request)
        case "polygon":
            return ChainAPI(world: service.world, now: now, visible: service.visible).polygon(request)
        default: return Response(status: 404, error: "not found")
        }
    }

    private func after(_ delay: Duration, _ action: @escaping () -> Void) {
        if delay > .zero { service.loop.after(delay, action) } else { action() }
    }

    func history(of wallet: Wallet) -> WalletHistory {
        if let known = histories[wallet.number] { return known }
        if histories.count > 10_000 { histories = [:] }
        let made = WalletHistory(of: wallet, in: service.world)
        histories[wallet.number] = made
        return made
    }

    func leaderboard(_ period: Leaderboard.Period) -> Leaderboard {
        if let known = leaderboards[period] { return known }
        let made = Leaderboard(
            of: service.world.population, period, seed: service.world.options.seed,
            closedMarkets: service.world.options.closedMarkets
        )
        leaderboards[period] = made
        return made
    }
}

extension RequestFate.Kind {
    /// A good answer, spoilt in this way.
    fileprivate func spoilt(_ response: Response) -> Response {
        var spoilt = response
        switch self {
        case .malformed: spoilt.body = Array(#"{"data": [1, 2,, "unterminated"#.utf8)
        case .html:
            spoilt = Response(type: "text/html", "<!DOCTYPE html><html><h1>Just a moment...</h1></html>\n")
        case .giant(let bytes):
            spoilt.body =
                [UInt8(ascii: "[")] + Array(repeating: UInt8(ascii: " "), count: bytes) + [UInt8(ascii: "]")]
        case .answer, .refuse, .hang, .reset, .close, .truncate: break
        }
        return spoilt
    }
}
