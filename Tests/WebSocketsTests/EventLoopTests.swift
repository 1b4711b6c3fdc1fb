import Foundation
import TestSupport
import Testing
import WebSockets

struct EventLoopTests {
    @Test(arguments: [Duration.zero, .microseconds(300), .milliseconds(50)])
    func returnsWithinItsTimeLimit(limit: Duration) throws {
        let loop = try EventLoop()
        let start = ContinuousClock.now
        try loop.serve(upTo: limit)
        let taken = start.duration(to: .now)
        #expect(taken < limit + .seconds(10))
        #expect(try !loop.run(upTo: limit))
        #expect(start.duration(to: .now) >= limit)
    }

    @Test func runsTimersInOrderAndOnlyThoseNotCancelled() throws {
        let loop = try EventLoop()
        var ran: [Int] = []
        loop.after(.milliseconds(20)) { ran.append(3) }
        loop.after(.milliseconds(10)) { ran.append(1) }
        let cancelled = loop.after(.milliseconds(10)) { ran.append(-1) }
        loop.after(.milliseconds(10)) { ran.append(2) }
        loop.after(.milliseconds(10)) { loop.after(.milliseconds(20)) { ran.append(4) } }
        loop.cancel(cancelled)
        try loop.run(upTo: patience) { ran.count == 4 }
        #expect(ran == [1, 2, 3, 4])
    }

    @Test func aSelfRepeatingTimerDoesNotBlockTheLoop() throws {
        let loop = try EventLoop()
        var runs = 0
        func again() {
            loop.after(.zero) {
                runs += 1; again()
            }
        }
        again()
        try loop.run(upTo: .milliseconds(20))
        #expect(runs > 1)
    }

    @Test func anotherThreadWakesIt() throws {
        let loop = try EventLoop()
        let waker = loop.waker
        var wakes = 0
        loop.onWake = { wakes += 1 }
        Thread.detachNewThread {
            usleep(20_000)  // the loop waits by then; nothing reports that
            waker.wake()
        }
        let isWoken = try loop.run(upTo: patience) { wakes == 1 }
        #expect(isWoken)
    }

    @Test func aWakeBeforeTheWaitIsNotLost() throws {
        let loop = try EventLoop()
        var wakes = 0
        loop.onWake = { wakes += 1 }
        loop.waker.wake()
        loop.waker.wake()
        try loop.run(upTo: patience) { wakes > 0 }
        #expect(wakes == 1)
    }

    @Test func aWakerMayOutliveItsLoop() throws {
        let waker = try EventLoop().waker
        waker.wake()
    }

    @Test func stopEndsARunFromATimer() throws {
        let loop = try EventLoop()
        loop.after(.milliseconds(5)) { loop.stop() }
        #expect(try !loop.run())
    }

    @Test func reportsWhyItCannotListen() throws {
        let loop = try EventLoop()
        func listen(_ host: String, _ port: Int) throws -> Server {
            var options = Server.Options()
            (options.host, options.port) = (host, port)
            return try loop.listen(options) { $1.respond(Response(status: 404)) }
        }
        let port = try listen("127.0.0.1", 0).port
        #expect(throws: WebSocketError.addressInUse("127.0.0.1:\(port)")) {
            _ = try listen("127.0.0.1", port)
        }
        #expect(throws: WebSocketError.cannotListen("a.example:0: not a numeric address")) {
            _ = try listen("a.example", 0)
        }
        #expect(throws: WebSocketError.cannotListen("192.0.2.1:0: Cannot assign requested address")) {
            _ = try listen("192.0.2.1", 0)
        }
        #expect(try listen("::1", 0).port > 0)
    }

    @Test func itsEndReleasesEverythingWithoutEvents() throws {
        var stage: Stage? = try Stage()
        let events = ClientEvents()
        weak let client = try stage!.loop.connect(to: stage!.url(), into: events)
        try stage!.run { events.isOpen && stage!.sessions.count == 1 }
        weak let session = stage!.sessions[0]
        weak let loop = stage!.loop
        #expect(client != nil && session != nil)
        stage = nil
        #expect(loop == nil && client == nil && session == nil)
        #expect(events.count == 1)
    }
}
