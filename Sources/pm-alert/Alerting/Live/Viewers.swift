import PMJSON
import WebSockets

/// The sockets of those who watch. Lives on the loop's thread.
///
/// Each viewer has a place in the ring of events, and as much of them in its queue as goes out at once; the rest
/// follows when the queue is empty. So a slow one costs no more than its place and a few frames. One that the ring
/// has overtaken is told how much it missed, and let go.
final class Viewers {
    private struct Viewer {
        let session: Session
        /// The number of the event that is to be sent next.
        var next: Int
    }

    /// What is put into one viewer's queue before it is left alone until that has gone out.
    private static let mostFrames = 64
    private static let mostBytes = 32 << 10
    /// One household, one office. A proxy on this machine stands for many, and is not counted.
    static let mostOfOneAddress = 8

    private let most: Int
    private let epoch: String
    private let feed: LiveFeed
    private var viewers: [ObjectIdentifier: Viewer] = [:]

    init(atMost most: Int, epoch: String, feed: LiveFeed) {
        self.most = most
        self.epoch = epoch
        self.feed = feed
    }

    /// Why one more is not let in; `nil` when it is.
    func objection(to request: Request) -> Response? {
        let isCrowd =
            !isLoopback(request.peer)
            && viewers.values.count { $0.session.request.peer == request.peer } >= Self.mostOfOneAddress
        guard viewers.count < most, !isCrowd else {
            return .guarded(503, "too many are watching\n")
        }
        return nil
    }

    /// Greets a new one, and begins to send what it has not seen.
    func welcome(_ session: Session) {
        let seen = session.request.parameter("after").flatMap(Int.init) ?? 0
        let (first, last) = feed.state.withLock { ($0.ring.first, $0.ring.last) }
        let key = ObjectIdentifier(session)
        viewers[key] = Viewer(session: session, next: min(max(seen, first - 1), last) + 1)
        feed.setViewers(viewers.count)
        session.send(utf8: hello(first: first, last: last))
        session.onDrained = { [weak self] in self?.sendEvents(to: key) }
    }

    func leave(_ session: Session) {
        session.onDrained = nil
        viewers[ObjectIdentifier(session)] = nil
        feed.setViewers(viewers.count)
    }

    func tellAll(_ message: [UInt8]) {
        for viewer in viewers.values where hasRoom(viewer.session) { viewer.session.send(utf8: message) }
    }

    /// Sends everyone what there is for them, as far as their queues take it.
    func sendEvents() {
        feed.state.withLock { $0.isWoken = false }
        for key in viewers.keys { sendEvents(to: key) }
    }

    private func sendEvents(to key: ObjectIdentifier) {
        guard var viewer = viewers[key] else { return }
        let most = hasRoom(viewer.session) ? Self.mostFrames : 0
        let (first, last, events) = feed.state.withLock { state in
            (state.ring.first, state.ring.last, state.ring.events(from: viewer.next, atMost: most))
        }
        guard viewer.next >= first else { return dismiss(viewer, missed: last - viewer.next + 1) }
        guard !events.isEmpty else { return }
        for (number, event) in events {
            guard hasRoom(viewer.session), viewer.session.send(utf8: event) else { break }
            viewer.next = number + 1
        }
        viewers[key] = viewer
    }

    private func dismiss(_ viewer: Viewer, missed: Int) {
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "lagged")
            message.member("missed", missed)
        }
        leave(viewer.session)
        viewer.session.send(utf8: writer.bytes)
        viewer.session.close(.tryAgainLater, "too slow")
    }

    private func hasRoom(_ session: Session) -> Bool {
        let (frames, bytes) = session.waiting
        return frames < Self.mostFrames && bytes < Self.mostBytes
    }

    private func hello(first: Int, last: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "hello")
            message.member("epoch", epoch)
            message.member("first", first)
            message.member("last", last)
        }
        return writer.bytes
    }
}
