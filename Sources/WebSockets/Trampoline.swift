import CLibwebsockets
import Glibc

/// Translates a C callback to a ``SocketEvent`` and passes it to the object of the socket. Does nothing else.
///
/// - Returns: 0 to proceed, -1 to close the socket.
func trampoline(
    handle: OpaquePointer?, reason: lws_callback_reasons,
    session: UnsafeMutableRawPointer?, input: UnsafeMutableRawPointer?, count: Int
) -> CInt {
    guard let event = SocketEvent(handle, reason, input, count), let object = lws_get_opaque_user_data(handle)
    else { return 0 }
    return Unmanaged<Socket>.fromOpaque(object).takeUnretainedValue().receive(event).rawValue
}

extension SocketEvent {
    fileprivate init?(
        _ handle: OpaquePointer?, _ reason: lws_callback_reasons, _ input: UnsafeMutableRawPointer?,
        _ count: Int
    ) {
        // Computed on demand: only for some reasons is `input` a pointer to `count` bytes.
        var bytes: UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: input, count: input == nil ? 0 : count)
        }
        switch reason {
        case LWS_CALLBACK_CLIENT_ESTABLISHED, LWS_CALLBACK_ESTABLISHED:
            self = .opened
        case LWS_CALLBACK_CLIENT_RECEIVE, LWS_CALLBACK_RECEIVE:
            self = .received(
                bytes, isText: lws_frame_is_binary(handle) == 0, isLast: lws_is_final_fragment(handle) != 0)
        case LWS_CALLBACK_CLIENT_WRITEABLE, LWS_CALLBACK_SERVER_WRITEABLE:
            self = .writable
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
            self = .peerClosed(bytes)
        case LWS_CALLBACK_CLIENT_CLOSED, LWS_CALLBACK_CLOSED, LWS_CALLBACK_CLOSED_HTTP:
            self = .closed
        case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
            self = .composingRequest(HeaderWriter(handle: handle, cursor: input, room: count))
        case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
            self = .responded
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
            self = .failed(
                input == nil ? "unknown" : String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
            self = .upgrading(to: input.map { String(cString: $0.assumingMemoryBound(to: CChar.self)) } ?? "")
        case LWS_CALLBACK_HTTP:
            self = .requested
        case LWS_CALLBACK_HTTP_BODY:
            self = .body(bytes)
        case LWS_CALLBACK_HTTP_BODY_COMPLETION:
            self = .bodyCompleted
        case LWS_CALLBACK_HTTP_WRITEABLE:
            self = .responseWritable
        case LWS_CALLBACK_RAW_RX_FILE:
            self = .acceptable
        case LWS_CALLBACK_WSI_DESTROY:
            self = .destroyed
        default:
            return nil
        }
    }
}
