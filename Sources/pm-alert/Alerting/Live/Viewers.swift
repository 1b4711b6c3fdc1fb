import PMJSON
import WebSockets

/// The sockets of those who watch. Lives on the loop's thread.
///
/// Each viewer has a place in the ring of events and takes from there what its socket has room for, so that a slow
/// one costs no more than its place. One that the ring has overtaken is told how much it missed, and let go.
final class Viewers {
    private struct Viewer {
        let session: Session
        /// The number of the event that is to be sent next.
        var next: Int
    }

    /// What may wait in one viewer's socket before it is left alone for a while.
    private static let mostFrames = 200
    private static let mostBytes = 256 << 10
    private static let most = 64
    /// One household, one office. A proxy on this machine stands for many, and is not counted.
    private static let mostOfOneAddress = 8

    private let epoch: String
    private let loop: EventLoop
    private let feed: LiveFeed
    private var viewers: [ObjectIdentifier: Viewer] = [:]
    private var isRetrying = false

    init(epoch: String, loop: EventLoop, feed: LiveFeed) {
        self.epoch = epoch
        self.loop = loop
        self.feed = feed
    }

    /// Why one more is not let in; `nil` when it is.
    func objection(to request: Request) -> Response? {
        let neighbours = viewers.values.count { $0.session.request.peer == request.peer }
        let isLocal = request.peer.hasPrefix("127.") || request.peer == "::1"
        guard viewers.count < Self.most, isLocal || neighbours < Self.mostOfOneAddress else {
            return .guarded(503, "too many are watching\n")
        }
        return nil
    }

    /// Greets a new one, and begins to send what it has not seen.
    func welcome(_ session: Session) {
        let seen = session.request.parameter("after").flatMap(Int.init) ?? 0
        let (first, last) = feed.state.withLock { ($0.ring.first, $0.ring.last) }
        viewers[ObjectIdentifier(session)] = Viewer(
            session: session, next: min(max(seen + 1, first), last + 1))
        feed.setViewers(viewers.count)
        session.send(utf8: hello(first: first, last: last))
        sendEvents()
    }

    func leave(_ session: Session) {
        viewers[ObjectIdentifier(session)] = nil
        feed.setViewers(viewers.count)
    }

    func tellAll(_ message: [UInt8]) {
        for viewer in viewers.values where viewer.session.waiting.frames < Self.mostFrames {
            viewer.session.send(utf8: message)
        }
    }

    /// Sends everyone what there is for them, as far as their sockets take it.
    func sendEvents() {
        // A copy, which shares its bytes with the original: whoever publishes does not wait for our sockets.
        let ring = feed.state.withLock { state in
            state.isWoken = false
            return viewers.isEmpty ? nil : state.ring
        }
        guard let ring else { return }
        for key in viewers.keys {
            guard var viewer = viewers[key] else { continue }
            guard viewer.next >= ring.first else {
                dismiss(viewer, missed: ring.last - viewer.next + 1)
                continue
            }
            while let event = ring[viewer.next], hasRoom(viewer.session), viewer.session.send(utf8: event) {
                viewer.next += 1
            }
            viewers[key] = viewer
        }
        if viewers.values.contains(where: { $0.next <= ring.last }) { sendAgainSoon() }
    }

    private func dismiss(_ viewer: Viewer, missed: Int) {
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "lagged")
            message.member("missed", missed)
        }
        viewer.session.send(utf8: writer.bytes)
        viewer.session.close(.tryAgainLater, "too slow")
        leave(viewer.session)
    }

    private func hasRoom(_ session: Session) -> Bool {
        let (frames, bytes) = session.waiting
        return frames < Self.mostFrames && bytes < Self.mostBytes
    }

    /// Sockets do not tell when they have room again.
    private func sendAgainSoon() {
        guard !isRetrying else { return }
        isRetrying = true
        loop.after(.milliseconds(20)) { [self] in
            isRetrying = false
            sendEvents()
        }
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
