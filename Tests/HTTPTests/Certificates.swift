import Foundation

/// Certificates for a test of trust, made by the `openssl` command in a folder of their own.
final class Certificates: Sendable {
    let folder: URL

    /// What the tests trust.
    var authority: String { path("ca.pem") }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /CN=Test-Authority",
            "-keyout", path("ca.key"), "-out", path("ca.pem"))
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Issues a certificate, `name.pem` with its key in `name.key`.
    ///
    /// - Parameters:
    ///   - hosts: In the words of `subjectAltName`.
    ///   - expired: Whether its time was over a day ago.
    func issue(_ name: String, hosts: String, expired: Bool = false) throws {
        openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=server",
            "-keyout", path("\(name).key"), "-out", path("\(name).csr"))
        try Data("subjectAltName=\(hosts)\n".utf8).write(to: folder.appending(path: "\(name).ext"))
        openssl(
            "x509 -req -CAcreateserial -days \(expired ? "-1" : "2")", "-in", path("\(name).csr"), "-CA",
            path("ca.pem"),
            "-CAkey", path("ca.key"), "-extfile", path("\(name).ext"), "-out", path("\(name).pem"))
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    private func openssl(_ words: String, _ more: String...) {
        _ = Command("openssl \(words) \(more.joined(separator: " ")) 2>&1").output()
    }
}

/// `openssl s_server -www` on loopback, which answers one request with a page about the connection, and goes.
final class TLSServer {
    let port: Int
    private let command: Command

    init(_ name: String, from certificates: Certificates, options: String = "") {
        let (certificate, key) = (certificates.path("\(name).pem"), certificates.path("\(name).key"))
        command = Command(
            "exec timeout 20 openssl s_server -www -naccept 1 -accept 127.0.0.1:0 -cert \(certificate) -key \(key)"
                + " \(options) </dev/null 2>/dev/null")
        var line = ""
        repeat {
            line = command.line()
            precondition(!line.isEmpty, "openssl s_server did not start")
        } while !line.hasPrefix("ACCEPT")
        port = Int(line.split(separator: ":").last!.dropLast())!
    }
}
