import Curl
import Foundation
import TestSupport
import Testing

struct LoopTests {
    let client = HTTPClient()

    @Test func twentyRequestsTakeTheTimeOfOne() {
        var options = HTTPClient.Options()
        options.mostConnectionsPerHost = 20
        let client = HTTPClient(options)
        let server = HTTPStub { [.pause(.seconds(1)), .reply(200, $0.target)] }
        defer { server.stop() }
        let start = ContinuousClock.now
        let ids = (0..<20).map { client.start(patientRequest(.get, server.url("/\($0)"))) }
        let results = client.collect(20)
        #expect(ContinuousClock.now - start < .seconds(10))
        for (index, id) in ids.enumerated() {
            #expect(try! results[id]?.get().text == "/\(index)")
        }
        #expect(client.inFlight == 0)
    }

    @Test func connectionsAreReused() throws {
        let server = HTTPStub { _ in [.reply(200, "ok")] }
        defer { server.stop() }
        for _ in 0..<10 { #expect(try client.send(patientRequest(.get, server.url())).status == 200) }
        #expect(server.connections == 1)
    }

    @Test func connectionsToAHostAreLimitedAndTheWaitIsNotConnectTime() {
        var options = HTTPClient.Options()
        options.mostConnectionsPerHost = 2
        let client = HTTPClient(options)
        let server = HTTPStub { _ in [.pause(.milliseconds(100)), .reply(200, "ok")] }
        defer { server.stop() }
        for index in 0..<10 {
            var request = patientRequest(.get, server.url())
            // The first two open the connections; the others wait for one longer than they may connect.
            if index >= 2 { request.connectTimeout = .milliseconds(150) }
            _ = client.start(request)
        }
        let results = client.collect(10)
        #expect(results.values.allSatisfy { (try? $0.get().status) == 200 })
        #expect(server.connections == 2)
    }

    @Test func aBrokenConnectionIsReplaced() throws {
        let server = HTTPStub { $0.target == "/last" ? [.reply(200), .close] : [.reply(200)] }
        defer { server.stop() }
        for target in ["/", "/last", "/", "/"] {
            #expect(try client.send(patientRequest(.get, server.url(target))).status == 200)
        }
        #expect(server.connections == 2)
    }

    @Test func aTimeoutEndsARequest() {
        let server = HTTPStub { _ in [.hang] }
        defer { server.stop() }
        var request = patientRequest(.get, server.url())
        request.timeout = .milliseconds(300)
        let start = ContinuousClock.now
        let failure = client.failure(request)
        let elapsed = ContinuousClock.now - start
        #expect(failure?.kind == .timedOut)
        #expect(failure?.isTransient == true)
        #expect(elapsed >= .milliseconds(299) && elapsed < .seconds(10), "\(elapsed)")
    }

    /// The request was never sent, so a retry is safe.
    @Test func aHangingHandshakeIsAConnectFailure() {
        let server = HTTPStub { _ in [.hang] }
        defer { server.stop() }
        var request = patientRequest(.get, server.url().replacing("http:", with: "https:"))
        request.connectTimeout = .milliseconds(300)
        #expect(client.failure(request)?.kind == .couldNotConnect)
        request.connectTimeout = .seconds(20)
        request.timeout = .milliseconds(300)
        #expect(client.failure(request)?.kind == .couldNotConnect)
    }

    @Test func aClosedPortAndAnUnknownNameFail() {
        let server = HTTPStub { _ in [] }
        server.stop()
        #expect(client.failure(patientRequest(.get, server.url()))?.kind == .couldNotConnect)
        #expect(client.failure(patientRequest(.get, "http://nobody.invalid/"))?.kind == .couldNotResolve)
    }

    @Test func aCancelledRequestIsNotReported() throws {
        let server = HTTPStub { $0.target == "/slow" ? [.hang] : [.reply(200, "ok")] }
        defer { server.stop() }
        let slow = client.start(patientRequest(.get, server.url("/slow")))
        _ = client.finished()
        let bad = client.start(patientRequest(.get, "nonsense"))
        client.cancel(slow)
        client.cancel(slow)
        client.cancel(bad)
        #expect(client.inFlight == 0)
        let fast = client.start(patientRequest(.get, server.url("/fast")))
        #expect(Array(client.collect(1).keys) == [fast])
    }

    @Test func aClientMayBeReleasedWithRequestsInFlight() {
        let server = HTTPStub { _ in [.hang] }
        defer { server.stop() }
        for _ in 0..<3 {
            let client = HTTPClient()
            for _ in 0..<3 { _ = client.start(patientRequest(.get, server.url())) }
            _ = client.finished()
        }
    }

    @Test func aWaitEndsAtItsLimit() {
        let start = ContinuousClock.now
        #expect(client.wait(upTo: .milliseconds(100)) == [])
        let elapsed = ContinuousClock.now - start
        #expect(elapsed >= .milliseconds(99) && elapsed < .seconds(10), "\(elapsed)")
        _ = client.wait(upTo: .seconds(-1))
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func anotherThreadCanEndAWait() {
        let wakeUp = client.wakeUp
        let start = ContinuousClock.now
        Thread.detachNewThread {
            usleep(50_000)  // the client waits by then; nothing reports that
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
