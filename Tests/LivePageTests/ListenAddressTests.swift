import LivePage
import Testing

struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8787", "127.0.0.1", 8787, true), ("localhost:0", "localhost", 0, true),
        ("[::1]:80", "::1", 80, true), ("127.9.9.9:1", "127.9.9.9", 1, true),
        ("0.0.0.0:8787", "0.0.0.0", 8787, false), ("[::]:8787", "::", 8787, false),
        ("192.168.1.5:65535", "192.168.1.5", 65535, false),
    ])
    func anAddressHasAHostAndAPort(_ text: String, host: String, port: Int, isLoopback: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect((address.host, address.port, address.isLoopback) == (host, port, isLoopback))
    }

    @Test(arguments: ["", "8787", ":8787", "localhost", "localhost:", "localhost:65536", "::1:80", "[]:80"])
    func anythingElseIsRejected(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
