/// One complete WebSocket message, in the library's memory.
///
/// - Warning: The bytes are valid only until the handler that received them returns.
package struct Message {
    package let bytes: UnsafeRawBufferPointer
    package let isText: Bool

    /// A copy of the message as text. A text message was checked to be UTF-8.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Assembles a message that arrives in pieces, up to a size limit.
struct MessageAssembler {
    enum Step: Equatable { case incomplete, complete, tooLarge }

    private let limit: Int
    private(set) var buffer: [UInt8] = []
    private(set) var isText = true

    init(limit: Int) { self.limit = limit }

    /// Returns true if a final piece is the whole message and need not be buffered.
    func fitsAlone(_ piece: UnsafeRawBufferPointer) -> Bool {
        buffer.isEmpty && piece.count <= limit
    }

    mutating func append(_ piece: UnsafeRawBufferPointer, isText: Bool, isLast: Bool) -> Step {
        // Continuation frames have no type: the first piece gives the type of the message.
        if buffer.isEmpty { self.isText = isText }
        guard buffer.count + piece.count <= limit else {
            buffer = []
            return .tooLarge
        }
        buffer.append(contentsOf: piece)
        return isLast ? .complete : .incomplete
    }

    /// Returns the message and resets the assembler for the next one.
    mutating func take() -> [UInt8] {
        defer { buffer = [] }
        return buffer
    }
}
