import CLibwebsockets
import Synchronization

/// Where libwebsockets' own messages go. The default is nowhere: never to standard error by themselves.
///
/// One for the process, as in the library. Only errors and warnings are asked for: the levels below tell
/// paths and headers, and those may hold secrets.
package enum LibraryLog {
    /// Hands each message, without its newline, to `receive`, on whichever thread it comes up; `nil` for
    /// silence.
    package static func send(to receive: (@Sendable (String) -> Void)?) {
        receiver.withLock { $0 = receive }
        lws_set_log_level(receive == nil ? 0 : CInt(LLL_ERR | LLL_WARN), emit)
    }

    /// Silence, unless somebody has asked for the messages already.
    static func settle() {
        if receiver.withLock({ $0 == nil }) { send(to: nil) }
    }
}

private let receiver = Mutex<(@Sendable (String) -> Void)?>(nil)

private func emit(level: CInt, line: UnsafePointer<CChar>?) {
    guard let line, let receive = receiver.withLock({ $0 }) else { return }
    receive(String(String(cString: line).prefix { $0 != "\n" }))
}
