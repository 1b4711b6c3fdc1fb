/// A certificate authority of the tests' own, and what it has signed, made by the `openssl` command.
package final class CertificateAuthority: Sendable {
    package enum Certificate: String, Sendable, CaseIterable {
        /// For `localhost`, and good.
        case good
        /// Good, but for `elsewhere.example`.
        case stranger
        /// For `localhost`, and ended before it began.
        case expired
        /// For `localhost`, vouched for by itself alone.
        case selfSigned
    }

    private static let newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

    private let folder: TemporaryDirectory

    package init() throws {
        folder = try TemporaryDirectory()
        try openssl("req -x509 -keyout ca.key -out ca.pem -days 30 -subj /CN=pm-test-ca", Self.newKey)
    }

    /// The authority's own certificate, which those trust who trust it.
    package var path: String { folder.file("ca.pem") }

    /// Makes a certificate and its key: the paths of both.
    package func make(_ kind: Certificate) throws -> (chain: String, key: String) {
        let host = kind == .stranger ? "elsewhere.example" : "localhost"
        let subject = "-subj /CN=\(host) -addext subjectAltName=DNS:\(host)"
        let name = kind.rawValue
        if kind == .selfSigned {
            try openssl("req -x509 -keyout \(name).key -out \(name).pem -days 30", subject, Self.newKey)
        } else {
            try openssl("req -keyout \(name).key -out \(name).csr", subject, Self.newKey)
            let days = kind == .expired ? "-1" : "30"
            try openssl(
                "x509 -req -in \(name).csr -out \(name).pem -copy_extensions copy -days \(days)",
                "-CA ca.pem -CAkey ca.key -CAcreateserial")
        }
        return (folder.file("\(name).pem"), folder.file("\(name).key"))
    }

    private func openssl(_ words: String...) throws {
        let command = "cd \(folder.path) && exec openssl \(words.joined(separator: " "))"
        let child = try ChildProcess("/bin/sh", ["-c", command])
        guard try child.wait() == .status(0) else { throw TestFailure("openssl failed: \(child.errors)") }
    }
}
