/// One complete WebSocket message, in the library's memory.
///
/// - Warning: The bytes are valid only until the handler that was given them returns.
package struct Message {
    package let bytes: UnsafeRawBufferPointer
    package let isText: Bool

    /// A copy, for keeping. A text message was checked to be UTF-8.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Gathers a message that arrives in pieces, up to a limit.
struct MessageAssembler {
    enum Step: Equatable { case incomplete, complete, tooLarge }

    private let limit: Int
    private(set) var gathered: [UInt8] = []
    private(set) var isText = true

    init(limit: Int) { self.limit = limit }

    /// Whether a piece that is whole by itself need not be gathered first.
    func fitsAlone(_ piece: UnsafeRawBufferPointer) -> Bool {
        gathered.isEmpty && piece.count <= limit
    }

    mutating func append(_ piece: UnsafeRawBufferPointer, isText: Bool, isLast: Bool) -> Step {
        // Continuation frames have no type of their own: the first piece says what the message is.
        if gathered.isEmpty { self.isText = isText }
        guard gathered.count + piece.count <= limit else {
            gathered = []
            return .tooLarge
        }
        gathered.append(contentsOf: piece)
        return isLast ? .complete : .incomplete
    }

    /// Hands the message over and is ready for the next.
    mutating func take() -> [UInt8] {
        defer { gathered = [] }
        return gathered
    }
}
