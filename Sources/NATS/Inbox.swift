import CNATS
import Glibc
import Synchronization

/// The server's answer to one message that was published asynchronously.
package struct Acknowledgement: Sendable {
    package enum Outcome: Sendable {
        /// The message is stored. `isDuplicate` is true if a message with the same id was stored before.
        case stored(sequence: UInt64, isDuplicate: Bool)
        /// The message may be stored or not; the server's sentence, or the library's.
        case failed(code: Int, reason: String)
    }

    /// The number that ``Connection/publish(_:to:id:number:timeout:)`` was given.
    package let number: Int
    package let outcome: Outcome
}

/// Acknowledgements that the library's threads post for one reader, with a descriptor that `poll(2)` can wait for.
package final class Inbox: Sendable {
    private struct State {
        /// The numbers of messages in flight, by the address of the library's message.
        var numbers: [UInt: Int] = [:]
        var arrived: [Acknowledgement] = []
    }

    private let state = Mutex(State())
    /// The read end of a pipe that has a byte while acknowledgements wait.
    package let descriptor: CInt
    private let writeEnd: CInt

    package init() {
        var ends: [CInt] = [0, 0]
        precondition(pipe(&ends) == 0, "unable to create a pipe")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (descriptor, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    /// Removes and returns the acknowledgements that have arrived.
    package func take() -> [Acknowledgement] {
        var bytes = [UInt8](repeating: 0, count: 512)
        while read(descriptor, &bytes, bytes.count) == bytes.count {}
        return state.withLock { state in
            defer { state.arrived = [] }
            return state.arrived
        }
    }

    func expect(_ number: Int, for message: OpaquePointer) {
        let address = UInt(bitPattern: message)
        state.withLock { $0.numbers[address] = number }
    }

    func forget(_ message: OpaquePointer) {
        let address = UInt(bitPattern: message)
        state.withLock { $0.numbers[address] = nil }
    }

    fileprivate func post(_ outcome: Acknowledgement.Outcome, for message: OpaquePointer) {
        let address = UInt(bitPattern: message)
        let wasEmpty = state.withLock { state in
            guard let number = state.numbers.removeValue(forKey: address) else { return false }
            state.arrived.append(Acknowledgement(number: number, outcome: outcome))
            return state.arrived.count == 1
        }
        if wasEmpty { _ = write(writeEnd, [1], 1) }
    }
}

/// The library's callback for each message published asynchronously; it runs on a thread of the library, which hands
/// the message over.
let receiveAcknowledgement: jsPubAckHandler = { _, message, acknowledgement, failure, closure in
    guard let message, let closure else { return }
    let inbox = Unmanaged<Inbox>.fromOpaque(closure).takeUnretainedValue()
    if let acknowledgement {
        inbox.post(
            .stored(
                sequence: acknowledgement.pointee.Sequence,
                isDuplicate: acknowledgement.pointee.Duplicate),
            for: message)
    } else {
        let status = failure.map { natsStatus_GetText($0.pointee.Err) } ?? nil
        let text = failure?.pointee.ErrText.flatMap { $0.pointee == 0 ? nil : String(cString: $0) }
        inbox.post(
            .failed(
                code: Int(failure?.pointee.ErrCode.rawValue ?? 0),
                reason: text ?? status.map { String(cString: $0) } ?? "no answer"),
            for: message)
    }
    natsMsg_Destroy(message)
}
