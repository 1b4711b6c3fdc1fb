import Curl
import TestSupport

/// Makes a request with time limits that are long enough for a slow machine.
func patientRequest(
    _ method: HTTPRequest.Method = .get, _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = []
) -> HTTPRequest {
    var request = HTTPRequest(method, url, headers: headers, body: body)
    request.connectTimeout = patience
    request.timeout = patience
    return request
}

extension HTTPClient {
    /// Waits until `count` requests have ended, and no longer than ``patience``.
    func collect(_ count: Int) -> [RequestID: Result<HTTPResponse, HTTPFailure>] {
        collect(count) { finished().map { ($0.id, $0.result) } }
    }

    /// Waits until `count` mails have ended, and no longer than ``patience``.
    func collectMail(_ count: Int) -> [RequestID: Result<MailReply, HTTPFailure>] {
        collect(count) { finishedMail().map { ($0.id, $0.result) } }
    }

    private func collect<Outcome>(
        _ count: Int, _ finished: () -> [(RequestID, Outcome)]
    ) -> [RequestID: Outcome] {
        var results: [RequestID: Outcome] = [:]
        let deadline = ContinuousClock.now + patience
        while results.count < count, ContinuousClock.now < deadline {
            for (id, result) in finished() { results[id] = result }
            if results.count < count { _ = wait(upTo: deadline - ContinuousClock.now) }
        }
        return results
    }

    /// Sends one request and waits for its response.
    func send(_ request: HTTPRequest) throws -> HTTPResponse {
        let id = start(request)
        return try collect(1)[id]!.get()
    }

    /// Sends one request and returns its failure.
    func failure(_ request: HTTPRequest) -> HTTPFailure? {
        let id = start(request)
        guard case .failure(let failure) = collect(1)[id] else { return nil }
        return failure
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
