import Foundation
import Curl
import Testing

struct AnswerTests {
    let client = HTTPClient()

    private func answer(
        to request: HTTPRequest.Method = .get, body: [UInt8] = [], headers: HTTPHeaders = [:],
        _ steps: [ScriptedServer.Step]
    ) throws -> HTTPResponse {
        let server = ScriptedServer { _ in steps }
        defer { server.stop() }
        return try client.send(HTTPRequest(request, server.url(), headers: headers, body: body))
    }

    @Test func hasStatusFieldsAndBody() throws {
        let response = try answer([.answer(200, "hello", headers: "X-Name:  a value \r\nEmpty:\r\n")])
        #expect(response.status == 200)
        #expect(response.text == "hello")
        #expect(response.headers["x-name"] == "a value")
        #expect(response.headers["EMPTY"] == "")
        #expect(response.headers["missing"] == nil)
        #expect(response.version == .http1_1)
        #expect(response.elapsed > .zero && response.elapsed < .seconds(30))
    }

    @Test(arguments: [204, 301, 404, 410, 429, 500, 503])
    func isOneWhateverItsStatus(status: Int) throws {
        let response = try answer([
            .answer(status, headers: "Location: http://127.0.0.1:1/\r\nRetry-After: 3\r\n")
        ])
        #expect(response.status == status)
        #expect(response.headers["retry-after"] == "3")
    }

    @Test func mayComeInChunks() throws {
        let response = try answer([
            .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), .pause(.milliseconds(20)),
            .send("lo\r\n1\r\n!\r\n"), .pause(.milliseconds(20)), .send("0\r\nX-Trailer: yes\r\n\r\n"),
        ])
        #expect(response.text == "hello!")
    }

    @Test func mayComeCompressed() throws {
        let packed = try gzip(String(repeating: "again ", count: 1000))
        let response = try answer([
            .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n"),
            .sendBytes(packed),
        ])
        #expect(response.text == String(repeating: "again ", count: 1000))
    }

    @Test func mayFollowAnInterimOne() throws {
        let response = try answer([
            .send("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"), .answer(200, "late"),
        ])
        #expect(response.status == 200)
        #expect(response.headers["x-early"] == nil)
    }

    @Test func hasTheVersionOfItsServer() throws {
        #expect(try answer([.send("HTTP/1.0 200 OK\r\n\r\nold"), .close]).version == .http1_0)
    }

    static let tooLarge: [String: [ScriptedServer.Step]] = [
        "announced": [.send("HTTP/1.1 200 OK\r\nContent-Length: 2000001\r\n\r\n"), .hang],
        "body": [
            .send("HTTP/1.1 200 OK\r\n\r\n"), .sendBytes([UInt8](repeating: 7, count: 2_000_001)), .close,
        ],
        "head": [
            .send("HTTP/1.1 200 OK\r\n" + String(repeating: "X: 0123456789\r\n", count: 30_000) + "\r\n"),
            .close,
        ],
    ]

    @Test(arguments: tooLarge.keys.sorted())
    func isRefusedWhenItIsTooLarge(_ what: String) throws {
        let server = ScriptedServer { _ in Self.tooLarge[what]! }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url())
        request.longestAnswer = 2_000_000
        let failure = client.failure(request)
        #expect(failure?.kind == .tooLarge)
        #expect(failure?.isTransient == false)
    }

    @Test func isMeasuredUnpacked() throws {
        let bomb = try gzip(String(repeating: "\0", count: 1_000_000))
        #expect(bomb.count < 10_000)
        let server = ScriptedServer { _ in
            [
                .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n"),
                .sendBytes(bomb),
            ]
        }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url())
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
        ] as [([ScriptedServer.Step], HTTPFailure.Kind)])
    func failsByItsKind(steps: [ScriptedServer.Step], kind: HTTPFailure.Kind) {
        let server = ScriptedServer { _ in steps }
        defer { server.stop() }
        let failure = client.failure(HTTPRequest(.get, server.url()))
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
