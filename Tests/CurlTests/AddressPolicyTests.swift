import Curl
import Testing

struct AddressPolicyTests {
    @Test(arguments: [
        "8.8.8.8", "1.1.1.1", "104.18.0.1", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "100.63.255.255", "100.128.0.0", "169.253.0.1", "126.255.255.255", "128.0.0.0", "11.0.0.0",
        "9.255.255.255",
        "223.255.255.255", "198.17.255.255", "198.20.0.0", "2606:4700::6810:1", "2a00:1450:4001::200e",
        "64:ff9b::8.8.8.8",
    ])
    func publicAddressesArePermitted(_ address: String) {
        #expect(AddressPolicy.publicOnly.permits(address))
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "10.0.0.0", "10.255.255.255", "172.16.0.0",
        "172.31.255.255", "192.168.0.1", "192.168.255.255", "169.254.169.254", "100.64.0.0",
        "100.127.255.255",
        "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
        "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "fc00::1", "fdff::1", "fe80::1",
        "febf::1",
        "fec0::1", "ff02::1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001::1",
        "2001:db8::1",
        "2002:7f00:1::", "100::1",
    ])
    func specialPurposeAddressesAreDenied(_ address: String) {
        #expect(!AddressPolicy.publicOnly.permits(address))
        #expect(AddressPolicy.any.permits(address))
    }

    @Test(arguments: ["", "localhost", "0x7f.1", "2130706433", "127.1", "fe80::1%lo", "8.8.8.8 "])
    func anInvalidAddressIsNotPublic(_ text: String) {
        #expect(!AddressPolicy.publicOnly.permits(text))
    }

    /// The policy applies to the address, however a URL spells it, and also to names.
    @Test(arguments: [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0", "0.0.0.0", "localhost",
        "LOCALHOST", "localhost.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]", "[64:ff9b::7f00:1]", "10.1.2.3", "10.66051", "172.16.0.1", "192.168.1.1",
        "169.254.169.254",
        "0xa9fea9fe", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200", "①②⑦.⓪.⓪.①",
    ])
    func noSpellingOfAPrivateAddressIsConnectedTo(_ host: String) {
        var request = patientRequest(.post, "https://\(host):9/")
        request.addressPolicy = .publicOnly
        request.timeout = .seconds(2)
        let failure = HTTPClient().failure(request)
        #expect(
            failure.map { [.addressDenied, .invalidRequest, .couldNotResolve].contains($0.kind) } == true)
    }
}
