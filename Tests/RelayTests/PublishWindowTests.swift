import PMRecord
import Relaying
import Testing

/// The lines between the input and the cluster's acknowledgement.
@Suite("Publish window")
struct PublishWindowTests {
    private let start = ContinuousClock.now

    private func message(_ number: Int) -> PublishWindow.Outgoing {
        PublishWindow.Outgoing(
            line: Array("line \(number)".utf8), lineNumber: number + 1, subject: "pm.trades.\(number)",
            id: "\(number)")
    }

    private func mark(_ seq: UInt64) -> Mark { Mark(stream: "a", seq: seq, time: Timestamp(milliseconds: 0)) }

    private func published(_ window: inout PublishWindow, at now: ContinuousClock.Instant) -> [Int] {
        var numbers: [Int] = []
        while case .publish(let number, _)? = window.next(at: now) { numbers.append(number) }
        return numbers
    }

    @Test("lines are emitted in the order of the input, each after its acknowledgement")
    func emitsInOrder() {
        var window = PublishWindow()
        for number in 0..<3 { window.add(message(number)) }
        #expect(published(&window, at: start) == [0, 1, 2])
        window.stored(1)
        #expect(window.next(at: start) == nil)
        window.stored(0)
        #expect(window.next(at: start) == .emit(message(0).line, mark: nil))
        #expect(window.next(at: start) == .emit(message(1).line, mark: nil))
        #expect(window.next(at: start) == nil)
        window.stored(2)
        #expect(window.next(at: start) == .emit(message(2).line, mark: nil))
        #expect(window.isEmpty)
    }

    @Test("a mark is emitted after every line before it, and not before")
    func holdsMarks() {
        var window = PublishWindow()
        window.add(message(0))
        window.add(mark(7), line: [1])
        window.add(message(2))
        #expect(published(&window, at: start) == [0, 2])
        window.stored(2)
        #expect(window.next(at: start) == nil)
        window.stored(0)
        #expect(window.next(at: start) == .emit(message(0).line, mark: nil))
        #expect(window.next(at: start) == .emit([1], mark: mark(7)))
        #expect(window.next(at: start) == .emit(message(2).line, mark: nil))
    }

    @Test("after a failure, all that is not stored is published again in order, once nothing is in flight")
    func publishesAgainInOrder() {
        var window = PublishWindow()
        for number in 0..<5 { window.add(message(number)) }
        #expect(published(&window, at: start) == [0, 1, 2, 3, 4])
        window.failed(1, at: start)
        window.add(message(5))
        #expect(published(&window, at: start) == [], "4 lines are in flight")
        window.stored(2)
        window.failed(3, at: start)
        window.stored(4)
        window.stored(0)
        #expect(window.next(at: start) == .emit(message(0).line, mark: nil))
        let later = start + .seconds(10)
        #expect(published(&window, at: later) == [1, 3, 5])
    }

    @Test("the pause after a failure is waited for, and grows")
    func pauses() throws {
        var window = PublishWindow()
        window.add(message(0))
        #expect(published(&window, at: start) == [0])
        #expect(window.wake(at: start) == nil)
        window.failed(0, at: start)
        let wake = try #require(window.wake(at: start))
        #expect(wake >= start && wake <= start + .milliseconds(50))
        #expect(published(&window, at: wake) == [0])
    }

    @Test("a line that the servers do not take is removed, and the others go on")
    func removesRefused() {
        var window = PublishWindow()
        for number in 0..<2 { window.add(message(number)) }
        #expect(published(&window, at: start) == [0, 1])
        #expect(window.refused(0) == message(0))
        window.stored(1)
        #expect(window.next(at: start) == .emit(message(1).line, mark: nil))
        #expect(window.isEmpty)
    }

    @Test("a second answer to one message changes nothing")
    func ignoresSecondAnswers() {
        var window = PublishWindow()
        window.add(message(0))
        window.add(message(1))
        #expect(published(&window, at: start) == [0, 1])
        window.stored(0)
        window.failed(0, at: start)
        window.stored(99)
        #expect(window.next(at: start) == .emit(message(0).line, mark: nil))
        #expect(window.refused(0) == nil)
        #expect(window.count == 1)
    }

    @Test("there is room for 1,024 lines and 8 MiB")
    func isBounded() {
        var window = PublishWindow(mostLines: 3, mostBytes: 100)
        window.add(message(0))
        window.add(message(1))
        #expect(window.hasRoom)
        window.add(message(2))
        #expect(!window.hasRoom)
        var heavy = PublishWindow(mostLines: 3, mostBytes: 10)
        heavy.add(
            PublishWindow.Outgoing(line: Array(repeating: 0, count: 11), lineNumber: 1, subject: "", id: ""))
        #expect(!heavy.hasRoom)
    }
}
