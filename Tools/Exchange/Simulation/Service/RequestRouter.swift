import PMRecord
import WebSockets

/// Answers HTTP requests, unless a fault prevents an answer.
final class RequestRouter {
    private unowned let service: ExchangeService
    private var cdn = ContentCache()
    /// Answers by URL for the fault `stale`.
    private var stale: [String: (time: Duration, response: Response)] = [:]
    /// Answers about unknown wallets that share the past of a known one: made once, as there may be millions.
    private var shared: [String: Response] = [:]
    /// Requests that never get an answer: a released responder would answer 500.
    private var hanging: [Responder] = []
    private var answers: UInt64 = 0

    init(of service: ExchangeService) { self.service = service }

    func serve(_ request: Request, _ responder: Responder) {
        let path = request.path.split(separator: "/")
        guard let part = path.first else { return responder.respond(Response("pm-exchange\n")) }
        if part == "control" {
            return responder.respond(ControlAPI(service: service).answer(Array(path.dropFirst()), request))
        }
        let route = Self.route(path)
        service.statistics.requests[route, default: 0] += 1
        let outcome = service.plan.outcome(ofRequestTo: route, at: service.now)
        if case .answer = outcome.kind {} else { service.statistics.refused[route, default: 0] += 1 }
        after(outcome.delay) { [self] in
            switch outcome.kind {
            case .answer: answer(path, request, responder, staleness: outcome.staleness)
            case .refuse(let response):
                responder.respond(response.response(at: .now(), route: route, trace: nextTrace()))
            case .hang: hanging.append(responder)
            case .reset: responder.hangUp(resetting: true)
            case .close: responder.hangUp()
            case .truncate:
                let response = respond(path, request)
                responder.respond(response, withholding: (response.body.count + 1) / 2)
            case .malformed, .html, .giant: responder.respond(outcome.kind.spoilt(respond(path, request)))
            }
        }
    }

    /// The route for statistics and faults: the path without the ids in it.
    private static func route(_ path: [Substring]) -> String {
        if path.first == "hooks" { return path.prefix(2).joined(separator: "/") }
        let parts = path.map { $0.allSatisfy(\.isNumber) || $0.hasPrefix("0x") ? "ID" : $0 }
        return parts.prefix(4).joined(separator: "/")
    }

    private func answer(
        _ path: [Substring], _ request: Request, _ responder: Responder, staleness: Duration?
    ) {
        guard path.first == "hooks", path.count > 1 else {
            return responder.respond(
                staleness.map { staleResponse(path, request, upTo: $0) } ?? cached(path, request))
        }
        switch service.receivers.take(String(path[1]), request, at: .now()) {
        case .answer(let response, let delay):
            after(delay) { [self] in
                responder.respond(service.receivers.response(for: response, request, at: .now()))
            }
        case .hang: hanging.append(responder)
        case .reset: responder.hangUp(resetting: true)
        }
    }

    /// The answer of the CDN in front of the Data API, version 2.
    private func cached(_ path: [Substring], _ request: Request) -> Response {
        guard service.scenario.hasCDN, path.starts(with: ["data", "v2"]),
            let age = ContentCache.maxAge(ofRoute: path.dropFirst(2).joined(separator: "/"))
        else { return respond(path, request) }
        return cdn.response(for: "\(request.path)?\(request.query)", maxAge: age, at: service.now) {
            respond(path, request)
        }
    }

    /// The earlier answer to the same URL, unless it is older than `age`.
    private func staleResponse(_ path: [Substring], _ request: Request, upTo age: Duration) -> Response {
        let url = "\(request.path)?\(request.query)"
        if let known = stale[url], service.now - known.time < age { return known.response }
        let response = respond(path, request)
        stale[url] = (service.now, response)
        return response
    }

    private func respond(_ path: [Substring], _ request: Request) -> Response {
        guard service.scenario.hasStrangers, let parameters = asked(ofAStranger: request.parameters) else {
            return respond(path, request, request.parameters)
        }
        let question = "\(request.path)?\(parameters.map { "\($0.name)=\($0.value)" }.joined(separator: "&"))"
        if let known = shared[question] { return known }
        let response = respond(path, request, parameters)
        shared[question] = response
        return response
    }

    /// The same parameters for the known wallet whose past an unknown one shares; `nil` if none is unknown.
    private func asked(ofAStranger parameters: [(name: String, value: String)]) -> [(
        name: String, value: String
    )]? {
        guard let index = parameters.firstIndex(where: { ["user", "address"].contains($0.name) }),
            service.world.population[parameters[index].value] == nil
        else { return nil }
        let wallets = service.world.population.wallets
        let number = UInt64(parameters[index].value.suffix(8), radix: 16) ?? 0
        var parameters = parameters
        parameters[index].value = wallets[Int(number % UInt64(wallets.count))].address
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
            let state = DataState(
                world: service.world, now: now, visible: service.visible, options: service.scenario.data,
                store: service.store)
            return DataAPI(state: state, trace: nextTrace()).answer(rest, request, query)
        case "clob":
            return CLOBAPI(world: service.world, now: now).answer(rest, request)
        case "polygon":
            return JSONRPC(
                world: service.world, now: now, settled: service.settled, logRange: service.scenario.logRange
            ).answer(request)
        default: return Response(status: 404, error: "not found")
        }
    }

    /// A new id of an answer: 32 hex digits.
    private func nextTrace() -> String {
        answers += 1
        var random = SeededRandom(seed: service.world.options.seed, for: "trace \(answers)")
        return random.hex(32)
    }

    private func after(_ delay: Duration, _ action: @escaping () -> Void) {
        if delay > .zero { service.loop.after(delay, action) } else { action() }
    }
}

extension RequestOutcome.Kind {
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
