import Curl
import Testing

struct URLTests {
    @Test(
        arguments: [
            ("", ""), ("plain-._~09AZ", "plain-._~09AZ"), ("a b+c", "a%20b%2Bc"),
            ("a&b=c#d?e/f", "a%26b%3Dc%23d%3Fe%2Ff"),
            ("100%", "100%25"), ("é", "%C3%A9"), ("\r\n\0", "%0D%0A%00"),
        ])
    func encodesReservedCharacters(text: String, encoded: String) {
        #expect(percentEncoded(text) == encoded)
    }

    @Test func aQueryKeepsItsOrderAndMayRepeatAName() {
        var query: URLQuery = ["limit": "10"]
        query.append("id", "1")
        query.append("id", "a&b")
        #expect(query.description == "?limit=10&id=1&id=a%26b")
        #expect(([:] as URLQuery).description == "")
    }

    @Test(
        arguments: [
            ("https://discord.com/api/webhooks/1/token?wait=true#x", "https://discord.com"),
            ("https://user:secret@example.org:8443/", "https://example.org"),
            ("http://[::1]:80/secret", "http://[::1]"),
            ("smtp://mail.example.org:587", "smtp://mail.example.org"),
            ("", "(a malformed URL)"), ("no url, a secret", "(a malformed URL)"),
            ("https://host\\@other/secret", "https://other"),
        ])
    func onlySchemeAndHostArePrinted(url: String, shown: String) {
        #expect(redacted(url) == shown)
    }

    @Test func headerNamesAreCaseInsensitive() {
        var headers: HTTPHeaders = ["Retry-After": "1"]
        headers.append("retry-after", "2")
        #expect(headers["RETRY-AFTER"] == "1")
        #expect(headers["Retry_After"] == nil)
    }
}
