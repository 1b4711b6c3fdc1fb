import ArgumentParser
import Curl
import PMCommand
import PMPipe

struct ProbeCommand: ParsableCommand {
    static let _errorLabel = "pm-inspect"

    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Print how HTTP services answer, one sentence a URL.",
        discussion: """
            Any answer of the server counts: the question is whether it can be reached. ws:// and wss:// URLs are \
            asked by HTTP.

            """
                + exitStatusHelp([(.ok, "every service answered"), (.unavailable, "one did not answer")]))

    @Argument(
        help: ArgumentHelp(
            "URLs, such as https://gamma-api.polymarket.com/markets?limit=1.", valueName: "url"))
    var urls: [String]

    func run() throws {
        try run(logging: StageLog(stage: "pm-inspect")) { _ throws(StageError) in
            let client = HTTPClient()
            var pending: [RequestID: String] = [:]
            for url in urls {
                let address = url.hasPrefix("ws") ? "http" + url.dropFirst(2) : url
                pending[client.start(HTTPRequest(.get, address))] = url
            }
            var output = LineWriter()
            var hasFailed = false
            while client.inFlight > 0 {
                _ = client.wait(upTo: .seconds(1))
                for completion in client.finished() {
                    let url = pending.removeValue(forKey: completion.id) ?? ""
                    switch completion.result {
                    case .success(let response):
                        output.append(
                            "\(url) answers with \(response.status) after \(response.elapsed.inMilliseconds) ms"
                                .utf8)
                    case .failure(let failure):
                        hasFailed = true
                        output.append("\(url) cannot be reached: \(failure.message)".utf8)
                    }
                }
            }
            try output.flush()
            if hasFailed { throw StageError(.unavailable, nil) }
        }
    }
}
