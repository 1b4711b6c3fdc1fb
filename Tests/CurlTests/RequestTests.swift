import Curl
import TestSupport
import Testing

struct RequestTests {
    let client = HTTPClient()

    /// Returns the request that the server received.
    private func received(_ method: HTTPRequest.Method, headers: HTTPHeaders = [:], body: [UInt8] = []) throws
        -> HTTPStub.Request
    {
        let server = HTTPStub { _ in [.reply()] }
        defer { server.stop() }
        _ = try client.send(patientRequest(method, server.url("/path?q=1"), headers: headers, body: body))
        return server.requests[0]
    }

    @Test(arguments: [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete], [0, 5, 2_000_000])
    func arrivesUnchanged(method: HTTPRequest.Method, length: Int) throws {
        let body = [UInt8](repeating: 0, count: length)
        let request = try received(method, headers: ["X-Name": "value", "X-Empty": ""], body: body)
        #expect(request.method == method.rawValue)
        #expect(request.target == "/path?q=1")
        #expect(request.bytes == body)
        let head = request.head.lowercased() + "\r\n"
        #expect(head.contains("\r\nx-name: value\r\n"))
        #expect(head.contains("\r\nx-empty:\r\n"))
        #expect(head.contains("\r\nuser-agent: polymarket-intelligence-worker\r\n"))
        #expect(!head.contains("content-type:") && !head.contains("expect:"))
    }

    @Test func keepsItsContentType() throws {
        let request = try received(
            .post, headers: ["content-type": "application/json"], body: Array("{}".utf8))
        #expect(request.head.lowercased().contains("\r\ncontent-type: application/json"))
    }

    @Test(
        arguments: [
            ("", [:]), ("/relative", [:]), ("ftp://127.0.0.1/", [:]), ("file:///etc/passwd", [:]),
            ("http://user:secret@127.0.0.1/", [:]), ("http://127.0.0.1/a\0b", [:]),
            ("http://127.0.0.1/a\r\nb", [:]),
            ("http://127.0.0.1:99999/", [:]),
            ("http://127.0.0.1/", ["X-Name": "value\r\nX-Other: 1"]), ("http://127.0.0.1/", ["X: Y": "1"]),
            ("http://127.0.0.1/", ["X-Name": "a\0b"]), ("http://127.0.0.1/", ["": "1"]),
        ] as [(String, HTTPHeaders)])
    func isRejectedIfMalformed(url: String, headers: HTTPHeaders) {
        let failure = client.failure(patientRequest(.get, url, headers: headers))
        #expect(failure?.kind == .invalidRequest)
        #expect(failure?.isTransient == false)
        #expect(failure?.message.contains("secret") == false)
        #expect(client.inFlight == 0)
    }

    @Test(arguments: [
        "http://127.0.0.1", "http://localhost", "http://0x7f.1", "http://2130706433",
        "http://[::ffff:127.0.0.1]",
    ])
    func doesNotConnectToADeniedAddress(origin: String) {
        let server = HTTPStub { _ in [.reply()] }
        defer { server.stop() }
        var request = patientRequest(.get, "\(origin):\(server.port)/")
        request.addressPolicy = .publicOnly
        let failure = client.failure(request)
        #expect(failure?.kind == .addressDenied)
        #expect(failure?.isTransient == false)
        #expect(server.connections == 0)
    }

    @Test func doesNotReuseAConnectionToADeniedAddress() throws {
        let server = HTTPStub { _ in [.reply()] }
        defer { server.stop() }
        var request = patientRequest(.get, server.url())
        _ = try client.send(request)
        request.addressPolicy = .publicOnly
        #expect(client.failure(request)?.kind == .addressDenied)
        #expect(server.requests.count == 1)
    }
}
