import Foundation
import Curl
import Testing

struct LoopTests {
    let client = HTTPClient()

    @Test func twentyRequestsTakeTheTimeOfOne() {
        var options = HTTPClient.Options()
        options.mostConnectionsPerHost = 20
        let client = HTTPClient(options)
        let server = ScriptedServer { [.pause(.seconds(1)), .answer(200, $0.target)] }
        defer { server.stop() }
        let start = ContinuousClock.now
        let ids = (0..<20).map { client.start(HTTPRequest(.get, server.url("/\($0)"))) }
        let results = client.collect(20)
        #expect(ContinuousClock.now - start < .seconds(10))
        for (index, id) in ids.enumerated() {
            #expect(try! results[id]?.get().text == "/\(index)")
        }
        #expect(client.inFlight == 0)
    }

    @Test func connectionsAreUsedAgain() throws {
        let server = ScriptedServer { _ in [.answer(200, "ok")] }
        defer { server.stop() }
        for _ in 0..<10 { #expect(try client.send(HTTPRequest(.get, server.url())).status == 200) }
        #expect(server.accepted == 1)
    }

    @Test func connectionsToAHostAreBoundedAndWaitingForOneIsNotConnecting() {
        var options = HTTPClient.Options()
        options.mostConnectionsPerHost = 2
        let client = HTTPClient(options)
        let server = ScriptedServer { _ in [.pause(.milliseconds(100)), .answer(200, "ok")] }
        defer { server.stop() }
        for _ in 0..<10 {
            var request = HTTPRequest(.get, server.url())
            request.connectTimeout = .milliseconds(150)
            _ = client.start(request)
        }
        let results = client.collect(10)
        #expect(results.values.allSatisfy { (try? $0.get().status) == 200 })
        #expect(server.accepted == 2)
    }

    @Test func aConnectionThatBreaksIsOpenedAnew() throws {
        let server = ScriptedServer { $0.target == "/last" ? [.answer(200), .close] : [.answer(200)] }
        defer { server.stop() }
        for target in ["/", "/last", "/", "/"] {
            #expect(try client.send(HTTPRequest(.get, server.url(target))).status == 200)
        }
        #expect(server.accepted == 2)
    }

    @Test func aTimeoutIsHit() {
        let server = ScriptedServer { _ in [.hang] }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url())
        request.timeout = .milliseconds(300)
        let start = ContinuousClock.now
        let failure = client.failure(request)
        let elapsed = ContinuousClock.now - start
        #expect(failure?.kind == .timedOut)
        #expect(failure?.isTransient == true)
        #expect(elapsed >= .milliseconds(299) && elapsed < .seconds(10), "\(elapsed)")
    }

    /// The request was never sent, so that nobody can have it.
    @Test func aHandshakeThatHangsIsNoConnection() {
        let server = ScriptedServer { _ in [.hang] }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url().replacing("http:", with: "https:"))
        request.connectTimeout = .milliseconds(300)
        #expect(client.failure(request)?.kind == .couldNotConnect)
        request.connectTimeout = .seconds(20)
        request.timeout = .milliseconds(300)
        #expect(client.failure(request)?.kind == .couldNotConnect)
    }

    @Test func aPortWhereNobodyListensAndANameThatNobodyHasFail() {
        let server = ScriptedServer { _ in [] }
        server.stop()
        usleep(50_000)
        #expect(client.failure(HTTPRequest(.get, server.url()))?.kind == .couldNotConnect)
        #expect(client.failure(HTTPRequest(.get, "http://nobody.invalid/"))?.kind == .couldNotResolve)
    }

    @Test func aCancelledRequestIsNotReported() throws {
        let server = ScriptedServer { $0.target == "/slow" ? [.hang] : [.answer(200, "ok")] }
        defer { server.stop() }
        let slow = client.start(HTTPRequest(.get, server.url("/slow")))
        _ = client.finished()
        let bad = client.start(HTTPRequest(.get, "nonsense"))
        client.cancel(slow)
        client.cancel(slow)
        client.cancel(bad)
        #expect(client.inFlight == 0)
        let fast = client.start(HTTPRequest(.get, server.url("/fast")))
        #expect(Array(client.collect(1).keys) == [fast])
    }

    @Test func aClientMayGoWithRequestsUnderWay() {
        let server = ScriptedServer { _ in [.hang] }
        defer { server.stop() }
        for _ in 0..<3 {
            let client = HTTPClient()
            for _ in 0..<3 { _ = client.start(HTTPRequest(.get, server.url())) }
            _ = client.finished()
        }
    }

    @Test func aWaitEndsWhenItsTimeIsUp() {
        let start = ContinuousClock.now
        #expect(client.wait(upTo: .milliseconds(100)) == [])
        let elapsed = ContinuousClock.now - start
        #expect(elapsed >= .milliseconds(99) && elapsed < .seconds(10), "\(elapsed)")
        _ = client.wait(upTo: .seconds(-1))
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func aWaitEndsWhenAnotherThreadSaysSo() {
        let wakeUp = client.wakeUp
        let start = ContinuousClock.now
        Thread.detachNewThread {
            usleep(50_000)
            wakeUp()
        }
        _ = client.wait(upTo: .seconds(60))
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test func aWakeUpMayOutliveItsClient() {
        let wakeUp = HTTPClient().wakeUp
        wakeUp()
    }
}
