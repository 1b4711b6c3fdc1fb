import Synchronization

/// A certificate authority of the tests' own, and what it has signed, made by the `openssl` command.
package final class CertificateAuthority: Sendable {
    package enum Certificate: String, Sendable, CaseIterable {
        /// For `localhost` and 127.0.0.1, and good.
        case good
        /// Good, but for `elsewhere.example`.
        case stranger
        /// For `localhost`, and ended before it began.
        case expired
        /// For `localhost`, vouched for by itself alone.
        case selfSigned
        /// For `localhost`, and signed over SHA-1.
        case weak
    }

    private static let newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

    private let folder: TemporaryDirectory
    /// Those that have been made: tests ask beside each other.
    private let made = Mutex<Set<Certificate>>([])

    package init() throws {
        folder = try TemporaryDirectory()
        try openssl("req -x509 -keyout ca.key -out ca.pem -days 30 -subj /CN=pm-test-ca", Self.newKey)
    }

    /// The authority's own certificate, which those trust who trust it.
    package var path: String { folder.file("ca.pem") }

    /// A certificate and its key: the paths of both.
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

    private func openssl(_ words: String...) throws {
        let command = "cd \(folder.path) && exec openssl \(words.joined(separator: " "))"
        let child = try ChildProcess("/bin/sh", ["-c", command])
        guard try child.wait() == .status(0) else { throw TestFailure("openssl failed: \(child.errors)") }
    }
}
