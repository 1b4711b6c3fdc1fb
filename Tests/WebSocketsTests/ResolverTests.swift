import Foundation
import Testing
import WebSockets

/// Names become addresses beside the loop, and the name stays what is asked for.
struct ResolverTests {
    private func stage(_ look: @escaping @Sendable (String) -> Resolver.Addresses) throws -> Stage {
        var options = EventLoop.Options()
        options.resolver = Resolver(look)
        return try Stage(loop: EventLoop(options))
    }

    @Test func theLoopGoesOnWhileAResolverTakesItsTime() throws {
        let mayAnswer = DispatchSemaphore(value: 0)
        let stage = try stage { _ in
            mayAnswer.wait()
            return .success(["127.0.0.1"])
        }
        let heard = Heard()
        _ = try stage.loop.connect(to: stage.url(host: "slow.example"), tells: heard)
        var ticks = 0
        func tick() {
            ticks += 1
            stage.loop.after(.milliseconds(20)) { tick() }
        }
        tick()
        try stage.run { heard.isOpen || ticks >= 5 }
        #expect(ticks >= 5 && !heard.isOpen, "others had their turn")
        mayAnswer.signal()
        try stage.run { heard.isOpen }
        #expect(heard.isOpen)
    }

    @Test func addressesAreTriedInTurnAndTheServerHearsTheName() throws {
        let stage = try stage { host in
            .success(host == "many.example" ? ["127.0.0.2", "127.0.0.3", "127.0.0.1"] : [])
        }
        let heard = Heard()
        _ = try stage.loop.connect(to: stage.url(host: "many.example"), tells: heard)
        try stage.run { heard.isOpen || heard.failure != nil }
        #expect(heard.isOpen && heard.events == 1)
        try stage.run { !stage.sessions.isEmpty }
        #expect(stage.sessions.first?.request.headers["host"] == "many.example:\(stage.server.port)")
    }

    @Test func aServerThatRefusesIsNotLookedForElsewhere() throws {
        let stage = try stage { _ in .success(["127.0.0.1", "127.0.0.1", "127.0.0.1"]) }
        let heard = Heard()
        _ = try stage.loop.connect(to: stage.url("/refuse?status=503", host: "busy.example"), tells: heard)
        try stage.run { heard.failure != nil }
        #expect(heard.failure?.status == 503 && heard.events == 1)
    }

    @Test(
        arguments: [
            (.failure(.init("no such name")), "unable to find nowhere.example: no such name"),
            (.success([]), "nowhere.example has no address to connect to"),
        ] as [(Resolver.Addresses, String)])
    func aNameWithoutAnAddressIsAFailure(answer: Resolver.Addresses, reason: String) throws {
        let stage = try stage { _ in answer }
        let heard = Heard()
        _ = try stage.loop.connect(to: stage.url(host: "nowhere.example"), tells: heard)
        try stage.run { heard.failure != nil }
        #expect(heard.failure?.reason == reason && heard.events == 1)
    }

    @Test func whatWasGivenUpStaysSo() throws {
        let stage = try stage { _ in
            Thread.sleep(forTimeInterval: 0.3)
            return .success(["127.0.0.1"])
        }
        let heard = Heard()
        let connection = try stage.loop.connect(to: stage.url(host: "slow.example"), tells: heard)
        connection.close()
        try stage.run { heard.failure != nil }
        try stage.run(.milliseconds(500)) { false }
        #expect(heard.events == 1 && stage.sessions.isEmpty)
    }

    @Test func aResolverThatNeverAnswersIsGivenUp() throws {
        var options = EventLoop.Options()
        options.patience = .seconds(1)
        options.resolver = Resolver { _ in
            Thread.sleep(forTimeInterval: 3)
            return .success(["127.0.0.1"])
        }
        let stage = try Stage(loop: EventLoop(options))
        let heard = Heard()
        _ = try stage.loop.connect(to: stage.url(host: "mute.example"), tells: heard)
        try stage.run { heard.failure != nil }
        #expect(heard.failure?.reason.contains("mute.example") == true)
    }

    @Test func insecureIsForAddressesOfThisMachineWhateverTheResolverSays() throws {
        let stage = try stage { _ in .success(["192.0.2.1"]) }
        var options = ClientConnection.Options()
        options.allowInsecure = true
        let heard = Heard()
        _ = try stage.loop.connect(to: stage.url(secure: true, host: "localhost"), options, tells: heard)
        try stage.run { heard.failure != nil }
        #expect(heard.failure?.reason.contains("no address") == true)
    }

    @Test func theSystemKnowsThisMachine() throws {
        let stage = try Stage()
        let heard = Heard()
        _ = try stage.loop.connect(to: stage.url(host: "localhost"), tells: heard)
        try stage.run { heard.isOpen || heard.failure != nil }
        #expect(heard.isOpen)
    }
}
