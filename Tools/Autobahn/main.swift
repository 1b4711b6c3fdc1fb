import Glibc
import WebSockets

// The client that Autobahn's fuzzing server tests: runs its cases one by one, echoing what it is sent, and asks for
// the report. scripts/autobahn.sh starts both.

guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
    print("usage: autobahn-client PORT")
    exit(64)
}

let loop = try EventLoop()
var options = ClientConnection.Options()
options.longestMessage = 64 << 20  // its largest is 16 MiB
options.bound = SendQueueBound(frames: 100_000, bytes: 64 << 20)

/// Goes to an address of the fuzzing server's and stays until the end; the last message it was sent.
@MainActor func visit(_ target: String, echoing: Bool) throws -> String {
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

let count = Int(try visit("/getCaseCount", echoing: false)) ?? 0
for number in 1...max(count, 1) { _ = try visit("/runCase?case=\(number)&agent=pm", echoing: true) }
_ = try visit("/updateReports?agent=pm", echoing: false)
exit(count > 0 ? 0 : 69)
