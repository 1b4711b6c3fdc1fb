import Curl
import TestSupport
import Testing

struct TrustTests {
    private static let authority = Result { try CertificateAuthority() }

    private func get(
        _ host: String, certificate: CertificateAuthority.Certificate, trusting: Bool = true,
        options: String = ""
    ) throws -> Result<HTTPResponse, HTTPFailure> {
        let authority = try Self.authority.get()
        let server = try TLSServer(authority.make(certificate), options: options)
        var clientOptions = HTTPClient.Options()
        if trusting { clientOptions.certificateFile = authority.path }
        let client = HTTPClient(clientOptions)
        let id = client.start(patientRequest(.get, "https://\(host):\(server.port)/"))
        return client.collect(1)[id]!
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func aTrustedCertificateIsAccepted(host: String) throws {
        let response = try get(host, certificate: .good).get()
        #expect(response.status == 200)
        #expect(response.text.contains("TLSv1.3"))
    }

    @Test(
        arguments: [(.good, false), (.expired, true), (.stranger, true), (.selfSigned, true), (.weak, true)]
            as [(CertificateAuthority.Certificate, Bool)])
    func anyOtherCertificateFailsPermanently(certificate: CertificateAuthority.Certificate, trusting: Bool)
        throws
    {
        // Otherwise the server itself would reject the weak certificate.
        let result = try get(
            "localhost", certificate: certificate, trusting: trusting, options: "-cipher ALL:@SECLEVEL=0")
        let failure = #expect(throws: HTTPFailure.self) { try result.get() }
        #expect(failure?.kind == .untrusted)
        #expect(failure?.isTransient == false)
    }

    @Test func tls12IsTheOldestVersion() throws {
        #expect(
            try get("localhost", certificate: .good, options: "-tls1_2").get().text.contains("TLSv1.2"))
        let old = "-tls1_1 -cipher ALL:@SECLEVEL=0"
        let failure = #expect(throws: HTTPFailure.self) {
            try get("localhost", certificate: .good, options: old).get()
        }
        #expect(failure?.kind == .tls)
    }

    @Test func aServerWithoutTLSFailsTheHandshake() throws {
        let server = HTTPStub { _ in [.reply()] }
        defer { server.stop() }
        let failure = HTTPClient().failure(patientRequest(.get, "https://127.0.0.1:\(server.port)/"))
        #expect(failure != nil)
    }
}
