import Foundation
import Testing
import WebSockets

/// Names are resolved off the loop, and requests and certificates still use the name.
struct ResolverTests {
    private func stage(_ look: @escaping @Sendable (String) -> Resolver.Addresses) throws -> Stage {
        var options = EventLoop.Options()
        options.resolver = Resolver(look)
        return try Stage(loop: EventLoop(options))
    }

    @Test func theLoopRunsWhileAResolverBlocks() throws {
        let mayAnswer = DispatchSemaphore(value: 0)
        let stage = try stage { _ in
            mayAnswer.wait()
            return .success(["127.0.0.1"])
        }
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(host: "slow.example"), into: events)
        var ticks = 0
        func tick() {
            ticks += 1
            stage.loop.after(.milliseconds(20)) { tick() }
        }
        tick()
        try stage.run { events.isOpen || ticks >= 5 }
        #expect(ticks >= 5 && !events.isOpen, "the loop handled other events")
        mayAnswer.signal()
        try stage.run { events.isOpen }
        #expect(events.isOpen)
    }

    @Test func addressesAreTriedInTurnAndTheServerGetsTheName() throws {
        let stage = try stage { host in
            .success(host == "many.example" ? ["127.0.0.2", "127.0.0.3", "127.0.0.1"] : [])
        }
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(host: "many.example"), into: events)
        try stage.run { events.isOpen || events.failure != nil }
        #expect(events.isOpen && events.count == 1)
        try stage.run { !stage.sessions.isEmpty }
        #expect(stage.sessions.first?.request.headers["host"] == "many.example:\(stage.server.port)")
    }

    @Test func afterARejectionNoOtherAddressIsTried() throws {
        let stage = try stage { _ in .success(["127.0.0.1", "127.0.0.1", "127.0.0.1"]) }
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url("/refuse?status=503", host: "busy.example"), into: events)
        try stage.run { events.failure != nil }
        #expect(events.failure?.status == 503 && events.count == 1)
    }

    @Test(
        arguments: [
            (.failure(.init("no such name")), "unable to resolve nowhere.example: no such name"),
            (.success([]), "nowhere.example has no address to connect to"),
        ] as [(Resolver.Addresses, String)])
    func aNameWithoutAnAddressIsAFailure(answer: Resolver.Addresses, reason: String) throws {
        let stage = try stage { _ in answer }
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(host: "nowhere.example"), into: events)
        try stage.run { events.failure != nil }
        #expect(events.failure?.reason == reason && events.count == 1)
    }

    @Test func anAbandonedAttemptStaysAbandoned() throws {
        let mayAnswer = DispatchSemaphore(value: 0)
        let stage = try stage { host in
            if host == "slow.example" { mayAnswer.wait() }
            return .success(["127.0.0.1"])
        }
        let events = ClientEvents()
        let connection = try stage.loop.connect(to: stage.url(host: "slow.example"), into: events)
        connection.close()
        try stage.run { events.failure != nil }
        mayAnswer.signal()
        // A later attempt reaches the server; the abandoned one does not.
        let later = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(host: "fast.example"), into: later)
        try stage.run { later.isOpen && !stage.sessions.isEmpty }
        #expect(events.count == 1 && stage.sessions.count == 1)
    }

    @Test func aResolverThatNeverAnswersTimesOut() throws {
        let mayAnswer = DispatchSemaphore(value: 0)
        defer { mayAnswer.signal() }
        var options = EventLoop.Options()
        options.stepTimeout = .seconds(1)
        options.resolver = Resolver { _ in
            mayAnswer.wait()
            return .success(["127.0.0.1"])
        }
        let stage = try Stage(loop: EventLoop(options))
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(host: "mute.example"), into: events)
        try stage.run { events.failure != nil }
        #expect(events.failure?.reason.contains("mute.example") == true)
    }

    @Test func insecureConnectsOnlyToLoopbackAddresses() throws {
        let stage = try stage { _ in .success(["192.0.2.1"]) }
        var options = ClientConnection.Options()
        options.allowInsecure = true
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(secure: true, host: "localhost"), options, into: events)
        try stage.run { events.failure != nil }
        #expect(events.failure?.reason.contains("no address") == true)
    }

    @Test func theSystemResolvesLocalhost() throws {
        let stage = try Stage()
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(host: "localhost"), into: events)
        try stage.run { events.isOpen || events.failure != nil }
        #expect(events.isOpen)
    }
}
