import Curl
import PMPipe

/// Requests the public APIs on a thread of its own: the event loop cannot share libcurl's wait.
package final class BackgroundHTTPClient: Sendable {
    package struct Completion: Sendable {
        package let number: UInt64
        package let result: Result<HTTPResponse, HTTPFailure>
    }

    private struct State {
        var requested: [(number: UInt64, url: String)] = []
        var completions: [Completion] = []
        var lastNumber: UInt64 = 0
        var isStopped = false
        var wakeUp: WakeUp?
    }

    private static let timeout = Duration.seconds(20)

    private let state = Monitor(State())
    private let onCompletion: @Sendable () -> Void

    /// - Parameter onCompletion: Called on the client's thread when there is something to ``take()``.
    package init(onCompletion: @escaping @Sendable () -> Void) {
        self.onCompletion = onCompletion
        _ = Worker { [self] in work() }
    }

    /// Requests a URL.
    ///
    /// - Returns: The number of its completion.
    package func fetch(_ url: String) -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            state.requested.append((state.lastNumber, url))
            state.wakeUp?()
            return state.lastNumber
        }
    }

    /// Returns the completions since the last call.
    package func take() -> [Completion] {
        state.withLock { state in
            defer { state.completions = [] }
            return state.completions
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
            let (requested, isStopped) = state.withLock { state in
                defer { state.requested = [] }
                return (state.requested, state.isStopped)
            }
            if isStopped { return }
            for (number, url) in requested {
                var request = HTTPRequest(.get, url)
                request.timeout = Self.timeout
                numbers[client.start(request)] = number
            }
            let completions = client.finished().compactMap { completion in
                numbers.removeValue(forKey: completion.id).map {
                    Completion(number: $0, result: completion.result)
                }
            }
            if !completions.isEmpty {
                state.withLock { $0.completions += completions }
                onCompletion()
            }
            _ = client.wait(upTo: .seconds(1))
        }
    }
}
