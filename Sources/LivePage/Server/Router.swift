import PMRecord
import WebSockets

/// Routes requests to the page's files, `/trades`, `/health`, `/metrics` and the WebSocket at `/live`. Used on the loop's
/// thread.
final class Router {
    private let requestGuard: RequestGuard
    private let viewers: ViewerSessions
    private let health: HealthMonitor
    private let history: HistoryService
    private let files = PageFiles()

    init(
        requestGuard: RequestGuard, viewers: ViewerSessions, health: HealthMonitor, history: HistoryService
    ) {
        self.requestGuard = requestGuard
        self.viewers = viewers
        self.health = health
        self.history = history
    }

    func answer(_ request: Request, by responder: Responder) {
        switch requestGuard.verdict(on: request, at: .now()) {
        case .rejected(let response): responder.respond(response)
        case .allowed(let cookie):
            let decorate: @Sendable (Response) -> Response = { response in
                var response = response
                if let cookie { response.headers.append(("Set-Cookie", cookie)) }
                return response
            }
            guard request.path == "/trades", ["GET", "HEAD"].contains(request.method) else {
                return responder.respond(decorate(response(to: request)))
            }
            history.answer(request, by: responder, decorate: decorate)
        }
    }

    func admission(of request: Request) -> Server.Admission {
        if case .rejected(let response) = requestGuard.verdict(on: request, at: .now()) {
            return .reject(response)
        }
        guard request.path == "/live" else { return .reject(.secured(404, "not found\n")) }
        if let rejection = viewers.rejection(of: request) { return .reject(rejection) }
        return .accept { [viewers, health] session, event in
            switch event {
            case .opened:
                viewers.add(session)
                session.send(utf8: health.report(at: .now()).message)
            case .message: break  // The protocol has no messages from a viewer.
            case .closed: viewers.remove(session)
            }
        }
    }

    private func response(to request: Request) -> Response {
        guard ["GET", "HEAD"].contains(request.method) else {
            var response = Response.secured(405, "method not allowed\n")
            response.headers.append(("Allow", "GET, HEAD"))
            return response
        }
        switch request.path {
        case "/health":
            let report = health.report(at: .now())
            return .secured(
                report.status.isServing ? 200 : 503, report.json + "\n", type: "application/json")
        case "/metrics":
            return .secured(
                200, health.report(at: .now()).metrics, type: "text/plain; version=0.0.4; charset=utf-8")
        case "/live":
            return .secured(426, "WebSocket upgrade required\n")
        default:
            return files.response(to: request) ?? .secured(404, "not found\n")
        }
    }
}
