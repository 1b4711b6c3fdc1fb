import Curl
import Testing

struct RefusalTests {
    private static let page = Array("\n<!DOCTYPE html>".utf8)

    @Test(arguments: [(429, Refusal.Cause.rate), (503, .unavailable)])
    func aRefusalHasThePauseThatWasAskedFor(status: Int, cause: Refusal.Cause) {
        let refusal = Refusal(status: status, retryAfter: .seconds(7))
        #expect(refusal?.cause == cause && refusal?.retryAfter == .seconds(7))
    }

    @Test func onlyTooManyRequestsNeedNoPauseToBeARefusal() {
        let refusal = Refusal(status: 429, retryAfter: nil)
        #expect(refusal?.cause == .rate && refusal?.retryAfter == nil)
        #expect(Refusal(status: 503, retryAfter: nil) == nil)
    }

    @Test(arguments: [200, 400, 401, 404, 408, 500, 502, 504])
    func otherStatusesAreNoRefusals(status: Int) {
        #expect(Refusal(status: status, retryAfter: .seconds(7), isBehindCloudflare: true) == nil)
    }

    @Test(arguments: [(true, page, true), (true, Array("{}".utf8), false), (false, page, false)])
    func aForbiddenPageIsARefusalBehindCloudflareOnly(isBehind: Bool, body: [UInt8], isRefusal: Bool) {
        let refusal = Refusal(status: 403, retryAfter: nil, body: body, isBehindCloudflare: isBehind)
        #expect((refusal != nil) == isRefusal)
    }
}
