import Crypto
import Testing

struct SecretsTests {
    @Test func randomBytesHaveTheirCountAndDiffer() {
        #expect(randomBytes(0).isEmpty)
        #expect(randomBytes(32).count == 32)
        #expect(Set((0..<100).map { _ in randomBytes(16) }).count == 100)
    }

    @Test(
        arguments: [
            ("", "", true), ("token", "token", true), ("token", "tokem", false), ("token", "toke", false),
            ("", "token", false),
        ])
    func secretsAreComparedExactly(one: String, other: String, equal: Bool) {
        #expect(areEqualInConstantTime(one.utf8, other.utf8) == equal)
    }
}
