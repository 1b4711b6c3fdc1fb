import PMRecord
import WebSockets

/// Answers requests, on the loop's thread.
final class Router {
    private let doorman: RequestGuard
    private let viewers: Viewers
    private let health: HealthBoard
    private let feed: LiveFeed

    init(doorman: RequestGuard, viewers: Viewers, health: HealthBoard, feed: LiveFeed) {
        self.doorman = doorman
        self.viewers = viewers
        self.health = health
        self.feed = feed
    }

    func answer(_ request: Request, by responder: Responder) {
        responder.respond(doorman.objection(to: request) ?? response(to: request))
    }

    func admission(of request: Request) -> Server.Admission {
        if let objection = doorman.objection(to: request) { return .refuse(objection) }
        guard request.path == "/live" else { return .refuse(.guarded(404, "nothing here\n")) }
        if let objection = viewers.objection(to: request) { return .refuse(objection) }
        return .accept { [viewers, health, feed] session, event in
            switch event {
            case .opened:
                viewers.welcome(session)
                session.send(utf8: health.report(feed, at: .now()).message)
            case .message: break  // nothing that a viewer says means anything
            case .closed: viewers.leave(session)
            }
        }
    }

    private func response(to request: Request) -> Response {
        guard ["GET", "HEAD"].contains(request.method) else {
            var response = Response.guarded(405, "only GET and HEAD\n")
            response.headers.append(("Allow", "GET, HEAD"))
            return response
        }
        switch request.path {
        case "/health":
            let report = health.report(feed, at: .now())
            return .guarded(report.isServing ? 200 : 503, report.json + "\n", type: "application/json")
        case "/metrics":
            return .guarded(
                200, health.report(feed, at: .now()).metrics, type: "text/plain; version=0.0.4; charset=utf-8"
            )
        case "/live":
            return .guarded(426, "a WebSocket is served here\n")
        default:
            return PageFiles.response(for: request.path) ?? .guarded(404, "nothing here\n")
        }
    }
}
