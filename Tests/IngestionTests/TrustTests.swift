import Foundation
import TestSupport
import Testing

/// The certificates that pm-ingest accepts.
struct TrustTests {
    typealias Certificate = CertificateAuthority.Certificate

    private let quick = ["--backoff-least", "50ms", "--backoff-most", "100ms"]

    @Test(
        arguments: [
            (.good, "localhost", true), (.good, "127.0.0.1", true), (.stranger, "localhost", false),
            (.expired, "localhost", false), (.selfSigned, "localhost", false),
        ] as [(Certificate, String, Bool)])
    func connectsOnlyToServersWithAGoodCertificate(_ certificate: Certificate, host: String, isGood: Bool)
        throws
    {
        let authority = try CertificateAuthority()
        let feed = try FakeFeed(certificate: authority.make(certificate))
        let child = try Ingest.start(
            ["--url", "wss://\(host):\(feed.server.port)"] + quick,
            environment: ["SSL_CERT_FILE": authority.path])
        if isGood {
            #expect(try feed.run { feed.subscriptions.count == 1 })
            feed.say(Messages.activity(1))
            #expect(try feed.run { child.transactions == [Messages.hash(1)] })
        } else {
            #expect(try feed.run { child.errors.components(separatedBy: "unable to connect").count > 3 })
            #expect(feed.accepted == 0 && child.isRunning)
        }
    }

    @Test func theAuthorityMustBeKnown() throws {
        let authority = try CertificateAuthority()
        let feed = try FakeFeed(certificate: authority.make(.good))
        let child = try Ingest.start(["--url", "wss://localhost:\(feed.server.port)"] + quick)
        #expect(try feed.run { child.errors.contains("unable to connect") })
        #expect(feed.accepted == 0)
    }

    @Test(arguments: [Certificate.stranger, .expired, .selfSigned])
    func insecureAcceptsAnyCertificateOnLoopbackAndLogsIt(certificate: Certificate) throws {
        let authority = try CertificateAuthority()  // its files are removed with it
        let feed = try FakeFeed(certificate: authority.make(certificate))
        let child = try Ingest.start("--url", "wss://127.0.0.1:\(feed.server.port)", "--insecure")
        #expect(try feed.run { feed.accepted == 1 })
        #expect(child.errors.contains("no certificate is verified"))
    }

    @Test(arguments: ["wss://example.com", "wss://10.0.0.1", "ws://127.0.0.1.example.com"])
    func insecureIsRejectedBeyondLoopback(url: String) throws {
        let child = try Ingest.start("--url", url, "--insecure")
        #expect(try child.wait() == .status(64))
    }
}
