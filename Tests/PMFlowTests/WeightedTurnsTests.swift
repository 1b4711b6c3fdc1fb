import PMFlow
import Testing

struct WeightedTurnsTests {
    @Test func oneTurnInFiveIsTheSecondsWhileBothWantTurns() {
        var turns = WeightedTurns()
        let order = (0..<100).map { _ in
            defer { turns.record(second: turns.isSecond, wasContested: true) }
            return turns.isSecond
        }
        #expect(order.count { $0 } == 20)
        #expect(stride(from: 0, to: 100, by: 5).allSatisfy { order[$0..<($0 + 5)].count { $0 } == 1 })
    }

    @Test func uncontestedTurnsAreFree() {
        var turns = WeightedTurns()
        for _ in 1...50 { turns.record(second: false, wasContested: false) }
        #expect(!turns.isSecond)
        for _ in 1...50 { turns.record(second: true, wasContested: false) }
        #expect(!turns.isSecond)
    }
}
