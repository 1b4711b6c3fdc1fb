import Synchronization

/// A certificate authority for tests and its certificates, made with the `openssl` command.
package final class CertificateAuthority: Sendable {
    package enum Certificate: String, Sendable, CaseIterable {
        /// Valid, for `localhost` and 127.0.0.1.
        case good
        /// Valid, but for `elsewhere.example`.
        case stranger
        /// The certificate of `localhost`, with an end before its start.
        case expired
        /// The certificate of `localhost`, self-signed.
        case selfSigned
        /// The certificate of `localhost`, signed with SHA-1.
        case weak
    }

    private static let newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

    private let folder: TemporaryDirectory
    /// The certificates made so far. Tests run in parallel.
    private let made = Mutex<Set<Certificate>>([])

    package init() throws {
        folder = try TemporaryDirectory()
        try openssl("req -x509 -keyout ca.key -out ca.pem -days 30 -subj /CN=pm-test-ca", Self.newKey)
    }

    /// The authority's own certificate, for clients that trust it.
    package var path: String { folder.file("ca.pem") }

    /// Returns the paths of a certificate and its key.
    package func make(_ kind: Certificate) throws -> (chain: String, key: String) {
        try made.withLock { made in
            if made.insert(kind).inserted { try issue(kind) }
        }
        return (folder.file("\(kind.rawValue).pem"), folder.file("\(kind.rawValue).key"))
    }

    private func issue(_ kind: Certificate) throws {
        let host = kind == .stranger ? "elsewhere.example" : "localhost"
        let subject =
            "-subj /CN=\(host) -addext subjectAltName=DNS:\(host)\(kind == .good ? ",IP:127.0.0.1" : "")"
        let name = kind.rawValue
        if kind == .selfSigned {
            try openssl("req -x509 -keyout \(name).key -out \(name).pem -days 30", subject, Self.newKey)
        } else {
            try openssl("req -keyout \(name).key -out \(name).csr", subject, Self.newKey)
            let days = kind == .expired ? "-1" : "30"
            try openssl(
                "x509 -req -in \(name).csr -out \(name).pem -copy_extensions copy -days \(days)",
                kind == .weak ? "-sha1" : "-sha256",
                "-CA ca.pem -CAkey ca.key -CAcreateserial")
        }
    }

    private func openssl(_ arguments: String...) throws {
        let command = "cd \(folder.path) && exec openssl \(arguments.joined(separator: " "))"
        let child = try ChildProcess("/bin/sh", ["-c", command])
        guard try child.wait() == .status(0) else { throw TestFailure("openssl failed: \(child.errors)") }
    }
}
