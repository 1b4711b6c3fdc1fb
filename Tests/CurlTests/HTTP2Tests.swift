import Foundation
import Curl
import TestSupport
import Testing

/// HTTP/2 with a real server: nghttpd from Debian's package nghttp2-server.
struct HTTP2Tests {
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: NGHTTPD.path)))
    func manyRequestsShareOneConnection() throws {
        let server = try NGHTTPD()
        var options = HTTPClient.Options()
        options.certificateFile = server.authority.path
        let client = HTTPClient(options)
        let first = client.start(patientRequest(.get, "\(server.url)/index.html"))
        let opening = try client.collect(1)[first]!.get()
        #expect(opening.text == "hello")
        for _ in 1...50 { _ = client.start(patientRequest(.get, "\(server.url)/index.html")) }
        let answers = try client.collect(50).values.map { try $0.get() }
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(server.connections == 1)
    }
}

/// An nghttpd process that serves one file and logs its frames.
private final class NGHTTPD {
    static let path = "/usr/sbin/nghttpd"

    let authority: CertificateAuthority
    let url: String
    private let folder: TemporaryDirectory
    private let process = Process()
    private let log: URL

    init() throws {
        authority = try CertificateAuthority()
        folder = try TemporaryDirectory()
        let certificate = try authority.make(.good)
        try Data("hello".utf8).write(to: URL(filePath: folder.file("index.html")))
        let port = Int.random(in: 20_000..<30_000)
        url = "https://localhost:\(port)"
        log = URL(filePath: folder.file("log"))
        try Data().write(to: log)
        process.executableURL = URL(filePath: Self.path)
        process.arguments = [
            "-v", "-a", "127.0.0.1", "-d", folder.path, String(port), certificate.key, certificate.chain,
        ]
        let output = try FileHandle(forWritingTo: log)
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        guard try eventually({ try text().contains("listen") }) else {
            throw TestFailure("nghttpd does not listen: \(try text())")
        }
    }

    deinit {
        process.terminate()
    }

    /// The number of connections so far: each begins with the server's SETTINGS frame.
    var connections: Int {
        ((try? text()) ?? "").components(separatedBy: "The negotiated protocol").count - 1
    }

    private func text() throws -> String { try String(contentsOf: log, encoding: .utf8) }
}
