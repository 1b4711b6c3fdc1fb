import PMJSON
import WebSockets

/// The WebSocket sessions of the viewers. Used on the loop's thread.
///
/// Each viewer has a position in the buffer of events, and a short queue of frames that are being sent. The next events
/// follow when its queue is empty, so a slow viewer costs no more than a position and a few frames. A viewer whose next
/// event has left the buffer is sent the number of events it missed, and is disconnected.
final class ViewerSessions {
    private struct Viewer {
        let session: Session
        /// The number of the next event to send.
        var next: Int
    }

    // The bounds of one viewer's queue; nothing is added beyond them.
    private static let mostFrames = 64
    private static let mostBytes = 32 << 10
    /// Viewers with the same address, such as a household or an office. Loopback is exempt: a proxy on this machine
    /// connects for many.
    static let mostPerAddress = 8

    private let most: Int
    private let epoch: String
    private let publisher: PagePublisher
    private var viewers: [ObjectIdentifier: Viewer] = [:]

    /// - Parameter epoch: The name of this run of the server.
    init(atMost most: Int, epoch: String, publisher: PagePublisher) {
        self.most = most
        self.epoch = epoch
        self.publisher = publisher
    }

    /// Returns the response to a viewer beyond the limits; `nil` if there is room.
    func rejection(of request: Request) -> Response? {
        let isCrowded =
            !isLoopback(request.peer)
            && viewers.values.count { $0.session.request.peer == request.peer } >= Self.mostPerAddress
        guard viewers.count < most, !isCrowded else { return .secured(503, "too many viewers\n") }
        return nil
    }

    /// Adds a viewer, and sends the events after the one that its request names.
    func add(_ session: Session) {
        let seen = session.request.parameter("after").flatMap(Int.init) ?? 0
        let (first, last) = publisher.range
        let key = ObjectIdentifier(session)
        viewers[key] = Viewer(session: session, next: min(max(seen, first - 1), last) + 1)
        publisher.setViewers(viewers.count)
        session.send(utf8: hello(first: first, last: last))
        session.onDrained = { [weak self] in self?.sendEvents(to: key) }
    }

    func remove(_ session: Session) {
        session.onDrained = nil
        viewers[ObjectIdentifier(session)] = nil
        publisher.setViewers(viewers.count)
    }

    /// Sends a message to every viewer whose queue has room for it.
    func broadcast(_ message: [UInt8]) {
        for viewer in viewers.values where hasRoom(viewer.session) { viewer.session.send(utf8: message) }
    }

    /// Sends new events to every viewer, as far as its queue has room.
    func sendEvents() {
        publisher.acknowledgeWake()
        for key in viewers.keys { sendEvents(to: key) }
    }

    private func sendEvents(to key: ObjectIdentifier) {
        guard var viewer = viewers[key] else { return }
        let most = hasRoom(viewer.session) ? Self.mostFrames : 0
        let (first, last, events) = publisher.events(from: viewer.next, atMost: most)
        guard viewer.next >= first else { return disconnect(viewer, missed: last - viewer.next + 1) }
        guard !events.isEmpty else { return }
        for (number, message) in events {
            guard hasRoom(viewer.session), viewer.session.send(utf8: message) else { break }
            viewer.next = number + 1
        }
        viewers[key] = viewer
    }

    private func disconnect(_ viewer: Viewer, missed: Int) {
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "lagged")
            message.member("missed", missed)
        }
        remove(viewer.session)
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
