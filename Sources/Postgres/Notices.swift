import CLibpq

/// Where a server's notices go. Without a handler they go nowhere: libpq's own would write to standard error.
final class Notices {
    private let handler: ((String) -> Void)?

    init(_ handler: ((String) -> Void)?) {
        self.handler = handler
    }

    /// The corresponding C function is `PQsetNoticeProcessor`.
    func listen(to connection: OpaquePointer) {
        // Unretained: the connection's owner holds this object, and closes the connection first.
        PQsetNoticeProcessor(
            connection,
            { context, text in
                guard let context, let text else { return }
                let notices = Unmanaged<Notices>.fromOpaque(context).takeUnretainedValue()
                notices.handler?(String(cString: text).split(separator: "\n").joined(separator: "; "))
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
