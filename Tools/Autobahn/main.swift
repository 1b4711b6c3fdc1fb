import Glibc
import WebSockets

// The WebSocket client under test by Autobahn's fuzzing server: runs the server's cases one by one, echoes every
// message, and requests the report. scripts/autobahn.sh starts both.

guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
    print("usage: autobahn-client PORT")
    exit(64)
}

let loop = try EventLoop()
var options = ClientConnection.Options()
options.longestMessage = 64 << 20  // the largest message of the suite has 16 MiB
options.bound = SendQueueBound(frames: 100_000, bytes: 64 << 20)

/// Connects to a path of the fuzzing server, and returns the last message after the connection has ended.
@MainActor func connect(_ target: String, echoing: Bool) throws -> String {
    var (last, isOver) = ("", false)
    _ = try loop.connect(to: WebSocketURL("ws://127.0.0.1:\(port)\(target)"), options) { connection, event in
        switch event {
        case .opened: break
        case .message(let message):
            last = message.isText ? message.text : ""
            guard echoing else { return }
            let bytes = Array(message.bytes)
            _ = message.isText ? connection.send(utf8: bytes) : connection.send(binary: bytes)
        case .closed: isOver = true
        case .failed(let failure):
            print("\(target): \(failure)")
            isOver = true
        }
    }
    try loop.run(upTo: .seconds(120)) { isOver }
    return last
}

let count = Int(try connect("/getCaseCount", echoing: false)) ?? 0
for number in 1...max(count, 1) { _ = try connect("/runCase?case=\(number)&agent=pm", echoing: true) }
_ = try connect("/updateReports?agent=pm", echoing: false)
exit(count > 0 ? 0 : 69)
