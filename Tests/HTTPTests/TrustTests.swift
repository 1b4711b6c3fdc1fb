import HTTP
import Testing

struct TrustTests {
    static let certificates = Result { () throws in
        let certificates = try Certificates()
        try certificates.issue("good", hosts: "DNS:localhost,IP:127.0.0.1")
        try certificates.issue("expired", hosts: "DNS:localhost,IP:127.0.0.1", expired: true)
        try certificates.issue("elsewhere", hosts: "DNS:example.org")
        return certificates
    }

    private func get(
        _ host: String, certificate name: String, trusting: Bool = true, options: String = ""
    ) throws -> Result<HTTPResponse, HTTPFailure> {
        let certificates = try Self.certificates.get()
        let server = TLSServer(name, from: certificates, options: options)
        var clientOptions = HTTPClient.Options()
        if trusting { clientOptions.certificateFile = certificates.authority }
        let client = HTTPClient(clientOptions)
        let id = client.start(HTTPRequest(.get, "https://\(host):\(server.port)/"))
        return client.collect(1)[id]!
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func aCertificateOfAnAuthorityWeTrustPasses(host: String) throws {
        let response = try get(host, certificate: "good").get()
        #expect(response.status == 200)
        #expect(response.text.contains("TLSv1.3"))
    }

    @Test(arguments: [("good", false), ("expired", true), ("elsewhere", true)])
    func anyOtherIsRefusedForGood(certificate: String, trusting: Bool) throws {
        let result = try get("localhost", certificate: certificate, trusting: trusting)
        let failure = #expect(throws: HTTPFailure.self) { try result.get() }
        #expect(failure?.kind == .untrusted)
        #expect(failure?.isTransient == false)
    }

    @Test func version12IsTheOldest() throws {
        #expect(
            try get("localhost", certificate: "good", options: "-tls1_2").get().text.contains("TLSv1.2"))
        let old = "-tls1_1 -cipher ALL:@SECLEVEL=0"
        let failure = #expect(throws: HTTPFailure.self) {
            try get("localhost", certificate: "good", options: old).get()
        }
        #expect(failure?.kind == .tls)
    }

    @Test func aServerWithoutTLSIsNotSpokenToInIt() throws {
        let server = ScriptedServer { _ in [.answer()] }
        defer { server.stop() }
        let failure = HTTPClient().failure(HTTPRequest(.get, "https://127.0.0.1:\(server.port)/"))
        #expect(failure != nil)
    }
}
