import Curl
import PMPipe

/// Asks the public APIs, on a thread of its own: the event loop cannot share libcurl's wait.
package final class Fetcher: Sendable {
    package struct Answer: Sendable {
        package let number: UInt64
        package let result: Result<HTTPResponse, HTTPFailure>
    }

    private struct State {
        var wanted: [(number: UInt64, url: String)] = []
        var answers: [Answer] = []
        var lastNumber: UInt64 = 0
        var isStopped = false
        var wakeUp: WakeUp?
    }

    private let state = Monitor(State())
    private let onAnswer: @Sendable () -> Void

    /// - Parameter onAnswer: Called on the fetcher's thread when there is something to ``take()``.
    package init(onAnswer: @escaping @Sendable () -> Void) {
        self.onAnswer = onAnswer
        _ = Worker { [self] in work() }
    }

    /// Asks for a URL; the number comes back with its answer.
    package func fetch(_ url: String) -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            state.wanted.append((state.lastNumber, url))
            state.wakeUp?()
            return state.lastNumber
        }
    }

    /// The answers that have come since the last call.
    package func take() -> [Answer] {
        state.withLock { state in
            defer { state.answers = [] }
            return state.answers
        }
    }

    package func stop() {
        state.withLock { state in
            state.isStopped = true
            state.wakeUp?()
        }
    }

    private func work() {
        let client = HTTPClient()
        var numbers: [RequestID: UInt64] = [:]
        state.withLock { $0.wakeUp = client.wakeUp }
        while true {
            let (wanted, isStopped) = state.withLock { state in
                defer { state.wanted = [] }
                return (state.wanted, state.isStopped)
            }
            if isStopped { return }
            for (number, url) in wanted {
                var request = HTTPRequest(.get, url)
                request.timeout = .seconds(20)
                numbers[client.start(request)] = number
            }
            let answers = client.finished().compactMap { completion in
                numbers.removeValue(forKey: completion.id).map {
                    Answer(number: $0, result: completion.result)
                }
            }
            if !answers.isEmpty {
                state.withLock { $0.answers += answers }
                onAnswer()
            }
            _ = client.wait(upTo: .seconds(1))
        }
    }
}
