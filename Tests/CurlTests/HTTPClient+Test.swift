import Curl
import TestSupport

extension HTTPClient {
    /// Waits until `count` requests have ended, and no longer than ``patience``.
    func collect(_ count: Int) -> [RequestID: Result<HTTPResponse, HTTPFailure>] {
        var results: [RequestID: Result<HTTPResponse, HTTPFailure>] = [:]
        let deadline = ContinuousClock.now + patience
        while results.count < count, ContinuousClock.now < deadline {
            for completion in finished() { results[completion.id] = completion.result }
            if results.count < count { _ = wait(upTo: deadline - ContinuousClock.now) }
        }
        return results
    }

    /// Sends one request and waits for its end.
    func send(_ request: HTTPRequest) throws -> HTTPResponse {
        let id = start(request)
        return try collect(1)[id]!.get()
    }

    /// Sends one request that has to fail.
    func failure(_ request: HTTPRequest) -> HTTPFailure? {
        let id = start(request)
        guard case .failure(let failure) = collect(1)[id] else { return nil }
        return failure
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
