/// The part of a response received so far, with size limits.
struct PartialResponse {
    /// The size limit of all header lines in bytes. Servers reject requests with a fraction of it.
    private static let longestHead = 256 << 10

    var longestBody = 0
    private(set) var headers: HTTPHeaders = [:]
    private(set) var body: [UInt8] = []
    private(set) var isTooLarge = false
    private var headLength = 0

    /// Adds one line of the head or of the trailer.
    ///
    /// - Returns: `false` if it exceeds the limit.
    mutating func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
        headLength += line.count
        isTooLarge = isTooLarge || headLength > Self.longestHead
        // Other heads may precede the final one: `100 Continue`, a proxy's `200 Connection established`.
        if line.starts(with: "HTTP/".utf8) { headers = [:] }
        headers.append(line: line)
        return !isTooLarge
    }

    /// Adds a piece of the body.
    ///
    /// - Returns: `false` if it exceeds the limit.
    mutating func receive(body piece: UnsafeRawBufferPointer) -> Bool {
        isTooLarge = isTooLarge || piece.count > longestBody - body.count
        if !isTooLarge { body.append(contentsOf: piece) }
        return !isTooLarge
    }
}
