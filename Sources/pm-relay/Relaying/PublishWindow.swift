import DequeModule
import PMFlow
import PMRecord

/// The lines between pm-relay's input and the acknowledgement of the cluster, in the order of the input.
///
/// It only decides; time is an argument. Lines are published without waiting for one another. After a failure nothing
/// is published until every message in flight has an answer; then all lines without an acknowledgement are published
/// again, in order. A copy that was stored after all is recognized by its id.
package struct PublishWindow: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// A line as a message.
    package struct Outgoing: Sendable, Equatable {
        package let line: [UInt8]
        /// The line's number in the input, from 1.
        package let lineNumber: Int
        package let subject: String
        package let id: String

        package init(line: [UInt8], lineNumber: Int, subject: String, id: String) {
            self.line = line
            self.lineNumber = lineNumber
            self.subject = subject
            self.id = id
        }
    }

    package enum Action: Sendable, Equatable {
        case publish(number: Int, Outgoing)
        /// Every line up to this one is stored. `mark` is set where the line is a mark.
        case emit([UInt8], mark: Mark?)
    }

    private enum State: Sendable {
        case unsent, inFlight, stored
    }

    private enum Content: Sendable {
        case message(Outgoing, State)
        case mark(Mark, line: [UInt8])
        /// Dropped: the servers do not take it.
        case nothing
    }

    private let mostLines: Int
    private let mostBytes: Int
    private var entries: Deque<Content> = []
    /// The number of the first entry.
    private var first = 0
    /// The number of the entry from which on none was published.
    private var nextToSend = 0
    private var inFlight = 0
    private var bytes = 0
    private var isRetrying = false
    private var retryAt: Instant?
    private var backoff = Backoff(from: .milliseconds(50), to: .seconds(2))

    /// - Parameters:
    ///   - mostLines: Lines that wait for their acknowledgement at most.
    ///   - mostBytes: Their size at most; one line may exceed it.
    package init(mostLines: Int = 1024, mostBytes: Int = 8 << 20) {
        self.mostLines = mostLines
        self.mostBytes = mostBytes
    }

    package var hasRoom: Bool { entries.count < mostLines && bytes < mostBytes }

    package var isEmpty: Bool { entries.isEmpty }

    /// Lines that wait for their acknowledgement.
    package var count: Int { entries.count }

    package mutating func add(_ message: Outgoing) {
        entries.append(.message(message, .unsent))
        bytes += message.line.count
    }

    package mutating func add(_ mark: Mark, line: [UInt8]) {
        entries.append(.mark(mark, line: line))
        bytes += line.count
    }

    /// Returns the next action; `nil` when there is none before an acknowledgement, a new line or ``wake(at:)``.
    package mutating func next(at now: Instant) -> Action? {
        if let emitted = emitFirst() { return emitted }
        if isRetrying {
            guard inFlight == 0, retryAt.map({ now >= $0 }) ?? true else { return nil }
            isRetrying = false
            nextToSend = first
        }
        while nextToSend < first + entries.count {
            let number = nextToSend
            nextToSend += 1
            guard case .message(let message, .unsent) = entries[number - first] else { continue }
            entries[number - first] = .message(message, .inFlight)
            inFlight += 1
            return .publish(number: number, message)
        }
        return nil
    }

    /// The time of the next attempt after a failure; `nil` if there is nothing to wait for.
    package func wake(at now: Instant) -> Instant? {
        isRetrying && inFlight == 0 ? retryAt ?? now : nil
    }

    /// Notes that the cluster has stored a message.
    package mutating func stored(_ number: Int) {
        if settle(number, as: .stored) != nil { backoff.reset() }
    }

    /// Notes that a message may not have been stored.
    package mutating func failed(_ number: Int, at now: Instant) {
        guard settle(number, as: .unsent) != nil else { return }
        if !isRetrying { retryAt = now + backoff.next() }
        isRetrying = true
    }

    /// Removes a message that the cluster will never take.
    ///
    /// - Returns: The message; `nil` if it is not in flight.
    package mutating func refused(_ number: Int) -> Outgoing? {
        guard let message = settle(number, as: .stored) else { return nil }
        entries[number - first] = .nothing
        bytes -= message.line.count
        return message
    }

    private mutating func settle(_ number: Int, as state: State) -> Outgoing? {
        guard entries.indices.contains(number - first),
            case .message(let message, .inFlight) = entries[number - first]
        else { return nil }
        entries[number - first] = .message(message, state)
        inFlight -= 1
        return message
    }

    private mutating func emitFirst() -> Action? {
        while let entry = entries.first {
            switch entry {
            case .message(let message, .stored):
                removeFirst(message.line.count)
                return .emit(message.line, mark: nil)
            case .mark(let mark, let line):
                removeFirst(line.count)
                return .emit(line, mark: mark)
            case .nothing: removeFirst(0)
            case .message: return nil
            }
        }
        return nil
    }

    private mutating func removeFirst(_ size: Int) {
        entries.removeFirst()
        first += 1
        nextToSend = max(nextToSend, first)
        bytes -= size
    }
}
