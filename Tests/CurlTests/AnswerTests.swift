import Curl
import Foundation
import TestSupport
import Testing

struct AnswerTests {
    let client = HTTPClient()

    private func answer(
        to request: HTTPRequest.Method = .get, body: [UInt8] = [], headers: HTTPHeaders = [:],
        _ steps: HTTPStub.Answer
    ) throws -> HTTPResponse {
        let server = HTTPStub { _ in steps }
        defer { server.stop() }
        return try client.send(patientRequest(request, server.url(), headers: headers, body: body))
    }

    @Test func hasStatusHeadersAndBody() throws {
        let response = try answer([.reply(200, headers: [("X-Name", " a value "), ("Empty", "")], "hello")])
        #expect(response.status == 200)
        #expect(response.text == "hello")
        #expect(response.headers["x-name"] == "a value")
        #expect(response.headers["EMPTY"] == "")
        #expect(response.headers["missing"] == nil)
        #expect(response.elapsed > .zero && response.elapsed < .seconds(30))
    }

    @Test(arguments: [204, 301, 404, 410, 429, 500, 503])
    func everyStatusIsAResponse(status: Int) throws {
        let response = try answer([
            .reply(status, headers: [("Location", "http://127.0.0.1:1/"), ("Retry-After", "3")])
        ])
        #expect(response.status == status)
        #expect(response.headers["retry-after"] == "3")
    }

    @Test func mayBeChunked() throws {
        // The pauses separate the pieces, so that the client reads them one by one.
        let response = try answer([
            .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), .pause(.milliseconds(20)),
            .send("lo\r\n1\r\n!\r\n"), .pause(.milliseconds(20)), .send("0\r\nX-Trailer: yes\r\n\r\n"),
        ])
        #expect(response.text == "hello!")
    }

    @Test func mayBeCompressed() throws {
        let packed = try gzip(String(repeating: "again ", count: 1000))
        let response = try answer([
            .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n"),
            .send(packed),
        ])
        #expect(response.text == String(repeating: "again ", count: 1000))
    }

    @Test func mayFollowAnInterimResponse() throws {
        let response = try answer([
            .send("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"), .reply(200, "late"),
        ])
        #expect(response.status == 200)
        #expect(response.headers["x-early"] == nil)
    }

    @Test func mayBeHTTP10() throws {
        #expect(try answer([.send("HTTP/1.0 200 OK\r\n\r\nold"), .close]).text == "old")
    }

    static let tooLarge: [String: HTTPStub.Answer] = [
        "announced": [.send("HTTP/1.1 200 OK\r\nContent-Length: 2000001\r\n\r\n"), .hang],
        "body": [
            .send("HTTP/1.1 200 OK\r\n\r\n"), .send([UInt8](repeating: 7, count: 2_000_001)), .close,
        ],
        "head": [
            .send("HTTP/1.1 200 OK\r\n" + String(repeating: "X: 0123456789\r\n", count: 30_000) + "\r\n"),
            .close,
        ],
    ]

    @Test(arguments: tooLarge.keys.sorted())
    func failsIfTooLarge(_ what: String) throws {
        let server = HTTPStub { _ in Self.tooLarge[what]! }
        defer { server.stop() }
        var request = patientRequest(.get, server.url())
        request.longestAnswer = 2_000_000
        let failure = client.failure(request)
        #expect(failure?.kind == .tooLarge)
        #expect(failure?.isTransient == false)
    }

    @Test func sizeIsMeasuredAfterDecoding() throws {
        let bomb = try gzip(String(repeating: "\0", count: 1_000_000))
        #expect(bomb.count < 10_000)
        let server = HTTPStub { _ in
            [
                .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n"),
                .send(bomb),
            ]
        }
        defer { server.stop() }
        var request = patientRequest(.get, server.url())
        request.longestAnswer = 500_000
        #expect(client.failure(request)?.kind == .tooLarge)
    }

    @Test(
        arguments: [
            ([.reset], .interrupted),
            ([.close], .interrupted),
            ([.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .close], .interrupted),
            ([.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), .close], .interrupted),
            ([.send("no HTTP at all\r\n\r\n"), .close], .malformed),
            (
                [.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope")],
                .malformed
            ),
        ] as [(HTTPStub.Answer, HTTPFailure.Kind)])
    func failsByItsKind(steps: HTTPStub.Answer, kind: HTTPFailure.Kind) {
        let server = HTTPStub { _ in steps }
        defer { server.stop() }
        let failure = client.failure(patientRequest(.get, server.url()))
        #expect(failure?.kind == kind, "\(failure?.message ?? "no failure")")
        #expect(failure?.isTransient == true)
    }
}

private func gzip(_ text: String) throws -> [UInt8] {
    let file = FileManager.default.temporaryDirectory.appending(path: "http-\(UUID())")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return Command("gzip -c \(file.path)").output()
}
