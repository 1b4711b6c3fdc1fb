import Enrichment
import Testing

struct MarkGateTests {
    @Test func aMarkWaitsForEveryTradeBeforeItAndForNoneAfterIt() {
        var gate = MarkGate()
        let (first, second) = (gate.enter(), gate.enter())
        gate.hold([1])
        let third = gate.enter()
        gate.hold([2])
        #expect(gate.release() == nil)
        gate.leave(second)
        #expect(gate.release() == nil)
        gate.leave(first)
        #expect(gate.release() == [1])
        #expect(gate.release() == nil)
        gate.leave(third)
        #expect(gate.release() == [2])
        #expect(gate.count == 0)
    }

    @Test func aMarkWithoutTradesBeforeItIsReleasedAtOnce() {
        var gate = MarkGate()
        gate.hold([1])
        #expect(gate.release() == [1])
    }
}
